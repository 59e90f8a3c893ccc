"""Stopping and repeating many runs over the interface."""

from typing import Any

import pytest

from engine.db import Database
from tests.support.stories import Clock, Engine
from tests.web.api.program import Program


@pytest.fixture
def workflow(program: Program) -> Any:
    return program.make()


def start(program: Program, workflow: Any, number: int) -> list[str]:
    path = f"/api/workflows/{workflow['id']}/execute"
    return [program.post(path).json["id"] for _ in range(number)]


def test_each_run_gets_its_answer(program: Program, workflow: Any, database: Database, now: Clock):
    ended, going = start(program, workflow, 2)
    Engine(database, now).advance(ended)
    answer = program.post("/api/executions/cancel", {"ids": [ended, going, "nobody"]})
    assert answer.status_code == 200
    assert [(one["id"], one["isDone"], one["error"] and one["error"]["code"])
            for one in answer.json["results"]] == [
        (ended, False, "conflict"), (going, True, None), ("nobody", False, "not_found")]
    assert (answer.json["done"], answer.json["refused"], answer.json["more"]) == (1, 2, False)
    assert program.get(f"/api/executions/{going}").json["status"] == "cancelled"


@pytest.fixture
def nested(program: Program, engine: Engine) -> Any:
    """A workflow that has started itself, and its two runs: one waits for the other, which rests."""
    deep = {"left": "{{ inputs.deep }}", "is": "is", "right": True}
    call = {"key": "call", "type": "run_workflow", "with": {"workflow": "nested", "inputs": {"deep": True}}}
    rest = {"key": "rest", "type": "wait", "with": {"for": "1h"}}
    steps = [{"key": "deep", "type": "if", "with": deep, "then": [rest], "otherwise": [call]}]
    workflow = program.make(name="Nested", starts=[], limits={}, steps=steps)
    path = f"/api/workflows/{workflow['id']}/execute"
    outer = program.post(path, {"input": {"deep": False}}).json["id"]
    engine.advance(outer)
    (inner,) = program.get(f"/api/executions/{outer}").json["children"]
    engine.advance(inner["id"])
    return workflow["id"], outer, inner["id"]


def test_a_run_that_is_stopped_with_the_one_that_waits_for_it_is_no_refusal(program: Program, nested: Any):
    answer = program.post("/api/executions/cancel", {"ids": list(nested[1:])}).json
    assert (answer["done"], answer["refused"]) == (2, 0)


def test_a_workflow_that_waits_for_itself_can_be_deleted(program: Program, nested: Any):
    workflow_id, *runs = nested
    assert program.send("DELETE", f"/api/workflows/{workflow_id}").status_code == 204
    assert [program.get(f"/api/executions/{run}").json["status"] for run in runs] == ["cancelled"] * 2


def test_all_queued_runs_of_a_workflow_are_stopped(program: Program, workflow: Any):
    ids = start(program, workflow, 3)
    chosen = {"filter": {"workflowId": workflow["id"], "status": "pending"}}
    answer = program.post("/api/executions/cancel", chosen).json
    assert [one["id"] for one in answer["results"]] == sorted(ids)


def test_runs_start_again_once_under_one_key(program: Program, workflow: Any):
    ids = start(program, workflow, 2)
    program.post("/api/executions/cancel", {"ids": ids})
    chosen, key = {"filter": {"workflowId": workflow["id"]}}, {"Idempotency-Key": "x" * 200}
    first = program.post("/api/executions/rerun", chosen, **key).json["results"]
    again = program.post("/api/executions/rerun", chosen, **key).json["results"]
    assert [one["executionId"] for one in first] == [one["executionId"] for one in again]
    assert program.get(f"/api/executions/{first[0]['executionId']}").json["retryOf"] == first[0]["id"]


@pytest.mark.parametrize("body", [
    {}, {"ids": []}, {"filter": {}}, {"ids": ["a"], "filter": {"workflowId": "a"}},
])
def test_either_ids_or_a_filter_is_needed(program: Program, body: Any):
    assert program.post("/api/executions/cancel", body).status_code == 422


def test_a_workflow_of_somebody_else_is_not_there(other: Program, program: Program, workflow: Any):
    (run,) = start(program, workflow, 1)
    assert other.post("/api/executions/cancel", {"filter": {"workflowId": workflow["id"]}}).status_code == 404
    (result,) = other.post("/api/executions/cancel", {"ids": [run]}).json["results"]
    assert result["error"]["code"] == "not_found"
