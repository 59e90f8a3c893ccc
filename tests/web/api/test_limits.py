"""Limits over the interface."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.db import Database
from tests.support.stories import Clock, Engine
from tests.web.api.program import REPORT, Program

LIMITS = {"max_concurrent": 2, "concurrency_key": "{{ inputs.customer }}", "max_per_key": 1,
          "priority": "low"}


def test_a_document_comes_back_with_its_limits(program: Program):
    made = program.make(limits=LIMITS)
    assert {name: made["limits"].get(name) for name in LIMITS} == LIMITS


def test_limits_change_one_by_one(program: Program):
    path = f"/api/workflows/{program.make(limits=LIMITS)['id']}"
    changed = program.patch(path, {"limits": {"max_per_key": 3, "priority": None}}).json["limits"]
    assert (changed["concurrency_key"], changed["max_per_key"], "priority" in changed) == (
        "{{ inputs.customer }}", 3, False)


@pytest.mark.parametrize(("limits", "field"), [
    ({"concurrency_key": "always"}, "limits.concurrency_key"),
    ({"concurrency_key": "{{ steps.note.id }}"}, "limits.concurrency_key"),
    ({"max_per_key": 2}, "limits.concurrency_key"), ({"priority": "urgent"}, "limits.priority"),
])
def test_limits_that_mean_nothing_are_refused(program: Program, limits: dict[str, Any], field: str):
    status, where, _ = program.error("POST", "/api/workflows", REPORT | {"limits": limits})
    assert (status, where) == (422, field)


def test_a_run_says_what_it_waits_for(program: Program, database: Database, now: Clock):
    workflow = program.make_on(limits=LIMITS)
    first, second = (program.post(f"/api/workflows/{workflow['id']}/execute",
                                  {"input": {"customer": 42}}).json["executionId"] for _ in range(2))
    engine = Engine(database, now)
    engine.do(lambda uow: uow.connection.exec_driver_sql(
        f"UPDATE executions SET status = 'running' WHERE id = '{first}'"))
    engine.advance(second)

    run = program.get(f"/api/executions/{second}").json

    assert (run["status"], run["reason"], run["priority"], run["concurrencyKey"]) == (
        "pending", "limit", "low", "42")
    assert run["reasonSentence"] == "Another run for customer 42 is going"
    assert run["reasonData"] == {
        "limit": "key", "most": 1, "ahead": 1, "subject": "customer 42", "freeAt": None,
        "heldBy": [{"id": first, "workflow": workflow["name"], "status": "running", "reason": None}]}


def test_a_limit_of_the_owner_says_which_runs_have_its_places(
    chief: Program, admin_id: str, database: Database, now: Clock
):
    chief.patch(f"/api/users/{admin_id}/limits", {"maxConcurrent": 2})
    workflow, engine = chief.make_on(limits={}), Engine(database, now)
    runs = [engine.start(workflow["id"]) for _ in range(3)]
    engine.do(lambda uow: uow.connection.exec_driver_sql(
        f"UPDATE executions SET status = 'waiting', reason = 'timer' WHERE id <> '{runs[2]}'"))
    engine.advance(runs[2])

    held = chief.get(f"/api/executions/{runs[2]}").json

    assert (held["reasonData"]["limit"], held["reasonData"]["ahead"]) == ("owner", 2)
    assert {one["id"] for one in held["reasonData"]["heldBy"]} == set(runs[:2])
    assert held["reasonSentence"] == (
        f"Ann’s workflows run 2 at a time; “{workflow['name']}” waits on purpose, "
        "it and 1 other run have the places")


def test_an_administrator_limits_an_account(
    program_of: Callable[..., Program], admin_id: str, program: Program
):
    path = f"/api/users/{admin_id}/limits"
    admin = program_of(admin_id, "admin")
    assert program.patch(path, {"maxConcurrent": 5}).status_code == 403
    admin.patch(path, {"maxConcurrent": 5})
    assert admin.patch(path, {"ratePerMinute": 60}).json["maxConcurrent"] == 5
    (account,) = admin.get("/api/users").json["users"]
    assert (account["maxConcurrent"], account["ratePerMinute"]) == (5, 60)
    assert admin.error("PATCH", path, {"maxConcurrent": 0})[:2] == (422, "maxConcurrent")
