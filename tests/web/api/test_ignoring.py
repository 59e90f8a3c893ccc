from typing import Any

from tests.support.stories import Engine
from tests.web.api.program import NOTE, Program

STOP = {"key": "stop", "type": "stop", "with": {"as": "failed"}}


def run(program: Program, engine: Engine, step: dict[str, Any] = STOP) -> str:
    made = program.make(steps=[step])
    execution_id = program.post(f"/api/workflows/{made['id']}/execute").json["id"]
    engine.advance(execution_id)
    return str(execution_id)


def test_a_run_is_ignored_and_that_is_taken_back(program: Program, engine: Engine):
    path = f"/api/executions/{run(program, engine)}"
    assert program.get(path).json["ignored"] is None
    for _ in range(2):
        answer = program.post(f"{path}/ignore")
        assert (answer.status_code, answer.json["ignored"]["by"]) == (200, "Ann")
    assert program.get(path).json["ignored"]["at"].endswith("Z")
    assert program.send("DELETE", f"{path}/ignore").json["ignored"] is None


def test_a_run_that_went_well_is_not_ignored(program: Program, engine: Engine):
    status, _, message = program.error("POST", f"/api/executions/{run(program, engine, NOTE)}/ignore")
    assert (status, message) == (409, "Only a run that failed or looks unusual can be ignored.")


def test_many_are_ignored_each_with_its_answer(program: Program, engine: Engine):
    failed, good = run(program, engine), run(program, engine, NOTE)
    answer = program.post("/api/executions/ignore", {"ids": [failed, good, "nobody"]}).json
    assert (answer["done"], answer["refused"]) == (1, 2)
    assert [one["error"] and one["error"]["code"] for one in answer["results"]] == [
        None, "conflict", "not_found"]


def test_all_failed_runs_of_a_workflow_are_ignored(program: Program, engine: Engine):
    failed = run(program, engine)
    workflow_id = program.get(f"/api/executions/{failed}").json["workflowId"]
    answer = program.post("/api/executions/ignore", {"filter": {"workflowId": workflow_id}}).json
    assert [one["id"] for one in answer["results"]] == [failed]


def test_another_account_ignores_nothing(program: Program, other: Program, engine: Engine):
    path = f"/api/executions/{run(program, engine)}/ignore"
    assert (other.post(path).status_code, other.send("DELETE", path).status_code) == (404, 404)
