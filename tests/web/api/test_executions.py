from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.support.stories import Clock, Engine
from tests.web.api.program import NOTE, Program

ECHO = {"key": "echo", "type": "write_log", "with": {"message": "Hello {{ inputs.name }}"}}
FAILS = {"key": "end", "type": "stop", "with": {"as": "failed", "message": "No sales today"}}
KEYS = {"id", "workflowId", "versionNumber", "triggerId", "status", "reason", "input", "output", "error",
        "startedAt", "completedAt", "durationMs", "retryCount", "retryOf", "steps", "logs"}
STEP_KEYS = {"key", "type", "status", "input", "output", "error", "startedAt", "completedAt", "durationMs",
             "retryCount"}


def start(program: Program, body: Any = None, **workflow: Any) -> Any:
    made = program.make(**workflow)
    return program.post(f"/api/workflows/{made['id']}/execute", body).json


def test_a_run_is_queued_and_then_read_with_its_steps_and_log(program: Program, engine: Engine):
    started = start(program, {"input": {"name": "Ann"}}, steps=[ECHO])
    assert (started["executionId"], started["status"]) == (started["id"], "pending")
    engine.advance(started["id"])
    run = program.get(f"/api/executions/{started['id']}").json
    assert run.keys() >= KEYS
    assert (run["status"], run["versionNumber"], run["input"], run["error"], run["retryCount"]) == (
        "completed", 1, {"name": "Ann"}, None, 0)
    assert run["startedAt"] == run["completedAt"] == "2026-03-02T09:00:00Z"
    (step,) = run["steps"]
    assert step.keys() >= STEP_KEYS
    assert (step["key"], step["type"], step["status"]) == ("echo", "write_log", "completed")
    assert "Hello Ann" in [line["message"] for line in run["logs"]]
    assert {"level", "message", "metadata", "timestamp"} <= run["logs"][0].keys()


def test_a_run_needs_no_body(program: Program):
    assert start(program)["status"] == "pending"


def test_a_run_that_failed_says_why(program: Program, engine: Engine):
    started = start(program, steps=[FAILS])
    engine.advance(started["id"])
    run = program.get(f"/api/executions/{started['id']}").json
    assert (run["status"], run["error"]) == ("failed", "No sales today")


def test_the_same_key_gives_the_same_run(program: Program):
    path = f"/api/workflows/{program.make()['id']}/execute"
    first, second = (
        program.post(path, {"input": {"n": 1}}, **{"Idempotency-Key": "order-7"}) for _ in range(2))
    third = program.post(path, **{"Idempotency-Key": "order-8"})
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json["id"] == second.json["id"] != third.json["id"]
    assert len(program.get("/api/executions").json["executions"]) == 2


def test_twenty_orders_under_one_key_start_one_run(program: Program):
    path = f"/api/workflows/{program.make()['id']}/execute"

    def order(_: int) -> Any:
        client = program.client.application.test_client()
        headers = program.headers | {"Idempotency-Key": "order-7"}
        return client.post(path, json={"input": {"a": 1.5}}, headers=headers)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(order, range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json["executionId"] for answer in answers}) == 1
    assert len(program.get("/api/executions").json["executions"]) == 1


def test_other_data_under_the_same_key_is_refused(program: Program):
    path, key = f"/api/workflows/{program.make()['id']}/execute", {"Idempotency-Key": "order-7"}
    program.post(path, {"input": {"a": 1}}, **key)
    status, field, message = program.error("POST", path, {"input": {"a": 2}}, **key)
    assert (status, field) == (422, "Idempotency-Key")
    assert message.endswith("Use a new key for a new run.")


@pytest.mark.parametrize("first", ["dry-run", "execute"])
def test_a_key_of_an_order_is_none_of_a_dry_run(program: Program, first: str):
    path, key = f"/api/workflows/{program.make()['id']}", {"Idempotency-Key": "order-7"}
    program.post(f"{path}/{first}", **key)
    second = {"dry-run": "execute", "execute": "dry-run"}[first]
    status, field, message = program.error("POST", f"{path}/{second}", **key)
    assert (status, field) == (422, "Idempotency-Key")
    assert message.startswith("This Idempotency-Key was sent before for something else.")


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "ä"])
def test_an_idempotency_key_is_short_and_plain(program: Program, key: str):
    path = f"/api/workflows/{program.make()['id']}/execute"
    status, field, _ = program.error("POST", path, **{"Idempotency-Key": key})
    assert (status, field) == (422, "Idempotency-Key")


def test_a_workflow_without_a_live_version_cant_run(program: Program):
    made = program.make(draft=True)
    assert program.error("POST", f"/api/workflows/{made['id']}/execute")[0] == 409


@pytest.mark.parametrize(("body", "field"), [
    ({"input": []}, "input"), ({"inputs": {}}, "inputs"), ({"input": {"a": "\0"}}, "input"),
    ({"input": {"a": "x" * 600_000}}, "input"),
])
def test_an_input_that_cant_be_kept_is_refused(program: Program, body: Any, field: str):
    status, place, _ = program.error("POST", f"/api/workflows/{program.make()['id']}/execute", body)
    assert (status, place) == (422, field)


def test_runs_are_listed_newest_first_page_by_page(program: Program, now: Clock):
    workflow = program.make()
    ids = []
    for _ in range(3):
        ids.append(program.post(f"/api/workflows/{workflow['id']}/execute").json["id"])
        now.pass_time(seconds=1)
    first = program.get(f"/api/executions?workflowId={workflow['id']}&limit=2").json
    assert [row["id"] for row in first["executions"]] == ids[:0:-1]
    second = program.get(f"/api/executions?limit=2&after={first['next']}").json
    assert ([row["id"] for row in second["executions"]], second["next"]) == (ids[:1], None)


def test_runs_are_narrowed_by_workflow_and_status(program: Program, engine: Engine):
    done, waiting = start(program), start(program, name="Other")
    engine.advance(done["id"])
    listed = program.get("/api/executions?status=completed").json["executions"]
    assert [row["id"] for row in listed] == [done["id"]]
    listed = program.get(f"/api/executions?workflowId={waiting['workflowId']}").json["executions"]
    assert [row["id"] for row in listed] == [waiting["id"]]


@pytest.mark.parametrize(("query", "field"), [
    ("status=done", "status"), ("limit=1000", "limit"), ("limit=-1", "limit"), ("after=nothing", "after"),
    ("workflowId=%00", "workflowId"), ("workflow=x", "workflow"),
])
def test_a_list_of_runs_says_what_it_cant_be_narrowed_by(program: Program, query: str, field: str):
    status, place, _ = program.error("GET", f"/api/executions?{query}")
    assert (status, place) == (422, field)


def test_runs_of_no_such_workflow_are_not_found(program: Program):
    assert program.get("/api/executions?workflowId=nowhere").status_code == 404


def test_a_run_is_stopped_once(program: Program):
    path = f"/api/executions/{start(program)['id']}"
    stopped = program.post(f"{path}/cancellation")
    assert (stopped.status_code, stopped.json["status"]) == (200, "cancelled")
    assert program.error("POST", f"{path}/cancellation")[0] == 409


def test_an_ended_run_is_repeated_with_its_input(program: Program, engine: Engine):
    first = start(program, {"input": {"name": "Ann"}}, steps=[ECHO])
    assert program.error("POST", f"/api/executions/{first['id']}/retry")[0] == 409
    engine.advance(first["id"])
    again = program.post(f"/api/executions/{first['id']}/retry")
    assert (again.status_code, again.json["retryOf"], again.json["status"]) == (202, first["id"], "pending")
    assert program.get(f"/api/executions/{again.json['id']}").json["input"] == {"name": "Ann"}


def test_another_account_reaches_no_run(program: Program, other: Program):
    path = f"/api/executions/{start(program)['id']}"
    answers = [other.get(path), other.post(f"{path}/cancellation"), other.post(f"{path}/retry")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert other.get("/api/executions").json["executions"] == []
    assert other.error("GET", f"/api/executions?after={path[-36:]}")[0] == 422


def test_steps_are_listed_in_the_order_of_the_version(program: Program, engine: Engine, at: datetime):
    started = start(program, steps=[{**NOTE, "key": key} for key in ("zebra", "apple", "mango")])
    engine.advance(started["id"])
    steps = program.get(f"/api/executions/{started['id']}").json["steps"]
    assert [step["key"] for step in steps] == ["zebra", "apple", "mango"]


def test_what_it_began_with_under_a_telling_name_is_said_nowhere(program: Program, engine: Engine):
    note = {**NOTE, "with": {"message": "pw is {{ inputs.password }}"}}
    started = start(program, {"input": {"password": "hunter2"}}, steps=[note])
    engine.advance(started["id"])
    shown = program.get(f"/api/executions/{started['id']}").json
    assert "hunter2" not in str(shown)
    assert shown["output"] == {"message": "pw is ••••"} == shown["steps"][0]["output"]
