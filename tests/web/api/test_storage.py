"""The storage meter and the rules for keeping history, for programs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert

from engine import clock
from engine.db import Database
from engine.models import StoredDay
from tests.web.api.program import Program


@pytest.fixture
def keeper(program_of: Callable[..., Program], admin_id: str) -> Program:
    """A program that may do what an administrator may."""
    return program_of(admin_id, "admin")


@pytest.fixture
def workflow(program: Program, database: Database) -> dict:
    made = program.make(retention={"failures_days": 200})
    old = (clock.now() - timedelta(days=40)).date()
    with database.transaction() as uow:
        uow.execute(insert(StoredDay), [
            {"workflow_id": made["id"], "day": day, "failed": failed, "runs": 10, "full": 10,
             "bytes": 1_000_000}
            for day, failed in ((old, False), (old, True), (clock.now().date(), False))
        ])
    return made


def test_the_meter_lists_what_workflows_keep(program: Program, workflow: dict) -> None:
    storage = program.get("/api/storage").json

    assert (storage["runs"], storage["bytes"]) == (30, 3_000_000)
    assert storage["workflows"][0] == {
        "workflowId": workflow["id"], "name": workflow["name"], "runs": 30, "failedRuns": 10,
        "bytes": 3_000_000, "retention": {"failures_days": 200},
    }
    assert storage["retention"]["failuresDays"] == 90
    assert storage["database"]["bytes"] > 0


def test_a_rehearsal_says_what_would_go(program: Program, workflow: dict) -> None:
    tried = program.get(f"/api/storage/rehearsal?workflowId={workflow['id']}&days=30").json

    assert tried == {
        "runs": 10, "failedRuns": 0, "withoutData": 0, "bytes": 1_000_000,
        "sentence": "Frees about 1 MB, deletes 10 runs, keeps all failures.",
    }
    assert program.get("/api/storage/rehearsal?days=60").json["runs"] == 0


def test_the_rule_of_the_installation_is_replaced_as_a_whole(keeper: Program) -> None:
    keeper.send("PUT", "/api/storage/retention", {"days": 7, "runs": 50})

    changed = keeper.send("PUT", "/api/storage/retention", {"days": 14})

    assert (changed.json["days"], changed.json["runs"]) == (14, 1_000)


@pytest.mark.parametrize(("rule", "field"), [
    ({"days": 0}, "days"), ({"plannedDays": 89}, "plannedDays"), ({"weeks": 1}, "weeks"),
    ({"days": "7"}, "days"),
])
def test_what_can_not_be_a_rule_is_refused_by_name(keeper: Program, rule: dict, field: str) -> None:
    refused = keeper.send("PUT", "/api/storage/retention", rule)

    assert (refused.status_code, refused.json["error"]["field"]) == (422, field)


def test_the_document_of_a_workflow_says_how_long_it_is_kept(program: Program, workflow: dict) -> None:
    path = f"/api/workflows/{workflow['id']}"
    assert program.get(path).json["retention"] == {"failures_days": 200}

    program.patch(path, {"retention": {"days": 3}})
    assert program.get(path).json["retention"] == {"days": 3}
    program.patch(path, {"retention": {}})

    assert program.get(path).json["retention"] == {}


def test_a_document_with_an_unknown_rule_is_refused(program: Program) -> None:
    document = {"name": "A", "steps": [], "draft": True, "retention": {"weeks": 2}}
    refused = program.post("/api/workflows", document)

    assert (refused.status_code, refused.json["error"]["field"]) == (422, "retention.weeks")
