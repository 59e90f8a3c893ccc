from typing import Any

import pytest
from sqlalchemy import update

from engine.domain.data.masking import MASK
from engine.models import Execution, ExecutionStep
from tests.support.stories import Engine
from tests.web.api.program import NOTE, Program

FAILS = {"key": "get", "type": "http_request", "with": {"url": "http://127.0.0.1:9/x"},
         "retry": {"max_attempts": 1}}


@pytest.fixture
def failed(program: Program, engine: Engine) -> Any:
    """A run that failed in its second step, as JSON."""
    made = program.make(steps=[NOTE, FAILS])
    run = program.post(f"/api/workflows/{made['id']}/execute", {"input": {"name": "Ann"}}).json
    engine.advance(run["id"])
    return program.get(f"/api/executions/{run['id']}").json


@pytest.mark.parametrize(("action", "kind", "body", "given"), [
    ("retry", "rerun", None, {"name": "Ann"}), ("rerun", "rerun", {"version": "same"}, {"name": "Ann"}),
    ("resume", "resume", None, {"name": "Ann"}), ("skip", "skip", None, {"name": "Ann"}),
    ("replay", "replay", {"input": {"n": 1}}, {"n": 1}),
])
def test_an_ended_run_is_repeated_in_each_way(
    program: Program, failed: Any, action: str, kind: str, body: Any, given: Any
):
    path = f"/api/executions/{failed['id']}/{action}"
    first, second = (program.post(path, body, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, first.json["retryOf"], first.json["retryKind"]) == (202, failed["id"], kind)
    assert first.json["id"] == second.json["id"]
    run = program.get(f"/api/executions/{first.json['id']}").json
    assert run["input"] == given
    assert [(one["id"], one["retryKind"]) for one in run["retries"]] == [
        (failed["id"], None), (first.json["id"], kind)]


@pytest.mark.parametrize("then", ["rerun", "skip"])
def test_the_key_of_one_way_is_none_of_another(program: Program, failed: Any, then: str):
    path, key = f"/api/executions/{failed['id']}", {"Idempotency-Key": "k"}
    program.post(f"{path}/resume", **key)
    assert program.error("POST", f"{path}/{then}", **key)[:2] == (422, "Idempotency-Key")


def test_a_secret_that_comes_back_as_dots_stays_as_it_was(program: Program, engine: Engine):
    given = {"password": "hunter22", "who": "Ann", "shops": [{"token": "abc123"}, {"note": "token: geheim"}]}
    run = program.post(f"/api/workflows/{program.make()['id']}/execute", {"input": given}).json
    engine.advance(run["id"])
    shown = program.get(f"/api/executions/{run['id']}").json["input"]
    assert shown["password"] == shown["shops"][0]["token"] == MASK
    fresh = program.post(f"/api/executions/{run['id']}/replay", {"input": shown | {"who": "Bob"}}).json
    assert engine.execution(fresh["id"]).input == given | {"who": "Bob"}


def test_before_a_repeat_it_is_said_what_each_way_comes_to(program: Program, engine: Engine):
    uses = {"key": "tell", "name": "Tell", "type": "write_log", "with": {"message": "{{ steps.get.body }}"}}
    made = program.make(steps=[NOTE, FAILS | {"name": "Get it", "with": {
        "url": "http://127.0.0.1:9/x", "method": "POST"}}, uses])
    run = program.post(f"/api/workflows/{made['id']}/execute").json
    engine.advance(run["id"])
    ahead = program.get(f"/api/executions/{run['id']}/repeats").json
    assert [one["again"] for one in ahead["rerun"]["sent"]] == [True]
    assert (ahead["resume"]["name"], ahead["resume"]["changed"]) == ("Get it", None)
    assert (ahead["skip"]["names"], ahead["skip"]["needs"]) == (["Get it"], ["Tell"])
    assert [one["again"] for one in ahead["skip"]["sent"]] == [False]


def test_what_went_well_can_only_be_run_from_the_start(program: Program, engine: Engine):
    run = program.post(f"/api/workflows/{program.make()['id']}/execute").json
    engine.advance(run["id"])
    ahead = program.get(f"/api/executions/{run['id']}/repeats").json
    assert ahead == {"rerun": {"sent": []}, "resume": None, "skip": None}


@pytest.mark.parametrize(("action", "body", "field"), [
    ("resume", {"version": "7"}, "version"), ("replay", {}, "input"), ("rerun", {"from": "note"}, "from"),
])
def test_a_repeat_says_what_it_cant_use(program: Program, failed: Any, action: str, body: Any, field: str):
    status, place, _ = program.error("POST", f"/api/executions/{failed['id']}/{action}", body)
    assert (status, place) == (422, field)


def test_a_run_that_went_well_has_nothing_to_resume(program: Program, engine: Engine):
    run = program.post(f"/api/workflows/{program.make()['id']}/execute").json
    engine.advance(run["id"])
    status, _, message = program.error("POST", f"/api/executions/{run['id']}/resume")
    assert (status, message) == (409, "This run went well. There is nothing to continue.")


def test_the_skipped_step_says_by_whom(program: Program, failed: Any):
    fresh = program.post(f"/api/executions/{failed['id']}/skip").json["id"]
    step = program.get(f"/api/executions/{fresh}").json["steps"][1]
    assert (step["key"], step["status"], step["output"]) == ("get", "skipped", None)
    assert step["reason"].startswith("skipped_by:")
    assert program.error("POST", f"/api/executions/{fresh}/skip")[0] == 409


def test_what_became_of_a_step_is_said_once(program: Program, failed: Any, engine: Engine):
    engine.do(lambda uow: uow.execute(update(Execution).values(status="waiting", reason="unknown_outcome")))
    engine.do(lambda uow: uow.execute(update(ExecutionStep).where(ExecutionStep.step_key == "get").values(
        status="waiting", reason="unknown_outcome")))
    path = f"/api/executions/{failed['id']}/steps/get/outcome"
    assert program.error("POST", path, {"answer": "maybe"})[:2] == (422, "answer")
    said = program.post(path, {"answer": "happened"})
    assert (said.status_code, said.json["status"]) == (200, "pending")
    assert said.json["steps"][1]["output"]["confirmed_by"]
    assert program.error("POST", path, {"answer": "skip"})[0] == 409


@pytest.mark.parametrize("action", ["rerun", "resume", "replay", "steps/get/outcome"])
def test_another_account_repeats_nothing(other: Program, failed: Any, action: str):
    body = {"replay": {"input": {}}, "steps/get/outcome": {"answer": "skip"}}.get(action)
    assert other.post(f"/api/executions/{failed['id']}/{action}", body).status_code == 404
