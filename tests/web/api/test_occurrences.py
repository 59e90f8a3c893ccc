"""Due times over the JSON interface: listed with reasons, decided about one by one."""

from typing import Any

import pytest

from tests.support.stories import Clock
from tests.web.api.program import Program

FIRST = "2026-03-03T09:00:00Z"
RULE = {"daily": {"times": ["09:00"]}, "timezone": "UTC"}


@pytest.fixture
def workflow(program: Program, now: Clock) -> Any:
    return program.make_on(starts=[{"name": "daily", "kind": "schedule", "schedule": RULE,
                                    "inputs": {"region": "north"}}])


@pytest.fixture
def path(workflow: Any) -> str:
    return f"/api/triggers/{workflow['triggers'][0]['id']}/occurrences"


def next_run(program: Program, workflow: Any) -> str:
    found: str = program.get(f"/api/workflows/{workflow['id']}").json["nextRunAt"]
    return found


def test_the_coming_week_is_listed(program: Program, path: str):
    listed = program.get(path).json
    assert (listed["timezone"], listed["isComplete"]) == ("Europe/Berlin", True)
    planned = [one for one in listed["occurrences"] if one["kind"] == "planned"]
    assert [one["scheduledAt"][:10] for one in planned] == [f"2026-03-0{day}" for day in range(3, 9)]
    assert planned[0] == {"scheduledAt": FIRST, "kind": "planned", "reason": None, "sentence": "Planned.",
                          "runId": None}


def test_a_time_is_skipped_with_a_note_and_taken_back(program: Program, path: str, workflow: Any):
    decided = program.send("PUT", f"{path}/{FIRST}", {"action": "skip", "note": "stock-take"}).json
    assert (decided["action"], decided["note"]) == ("skip", "stock-take")
    assert next_run(program, workflow) == "2026-03-04T09:00:00Z"
    (line,) = program.get(f"{path}?from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z").json["occurrences"]
    assert (line["kind"], line["sentence"]) == ("skipped", "Skipped: Ann decided to skip it: stock-take.")
    assert program.send("DELETE", f"{path}/{FIRST}").status_code == 204
    assert next_run(program, workflow) == FIRST
    assert program.error("DELETE", f"{path}/{FIRST}")[0] == 409


def test_a_time_is_moved(program: Program, path: str, workflow: Any):
    program.send("PUT", f"{path}/{FIRST}", {"action": "move", "moveTo": "2026-03-03T14:00:00+01:00"})
    assert next_run(program, workflow) == "2026-03-03T13:00:00Z"


def test_a_time_runs_early_with_other_inputs(program: Program, path: str, workflow: Any):
    order = {"action": "run_early", "inputs": {"region": "south"}}
    run = program.send("PUT", f"{path}/{FIRST}", order).json["runId"]
    assert program.get(f"/api/executions/{run}").json["input"] == {"region": "south"}
    assert next_run(program, workflow) == "2026-03-04T09:00:00Z"
    assert program.error("PUT", f"{path}/{FIRST}", {"action": "skip"})[0] == 409


def test_other_inputs_once_are_kept(program: Program, path: str):
    order = {"action": "inputs", "inputs": {"region": "south"}}
    assert program.send("PUT", f"{path}/{FIRST}", order).status_code == 200


@pytest.mark.parametrize(("body", "status", "field"), [
    ({}, 422, "action"), ({"action": "explode"}, 422, "action"), ({"action": "move"}, 422, "moveTo"),
    ({"action": "move", "moveTo": "2020-01-01T00:00:00Z"}, 422, "moveTo"),
    ({"action": "move", "moveTo": "2026-03-04T09:00:00Z"}, 409, "moveTo"),
    ({"action": "inputs"}, 422, "inputs"), ({"action": "skip", "inputs": {"a": 1}}, 422, "inputs"),
    ({"action": "skip", "moveTo": FIRST}, 422, "moveTo"),
])
def test_a_decision_that_cant_be_is_refused(
    program: Program, path: str, body: Any, status: int, field: str
):
    assert program.error("PUT", f"{path}/{FIRST}", body)[:2] == (status, field)


def test_a_moment_that_is_not_planned_or_none_is_refused(program: Program, path: str):
    assert program.error("PUT", f"{path}/2026-03-03T09:00:01Z", {"action": "skip"})[0] == 409
    assert program.error("PUT", f"{path}/2026-03-03T09:00:00", {"action": "skip"})[0] == 404
    assert program.error("PUT", f"{path}/soon", {"action": "skip"})[0] == 404


def test_a_window_has_its_limits(program: Program, path: str):
    for window in ("from=2026-03-03T00:00:00Z&to=2026-03-03T00:00:00Z", "to=2027-03-03T00:00:00Z"):
        assert program.error("GET", f"{path}?{window}")[:2] == (422, "to")


def test_the_times_of_others_are_not_there(other: Program, path: str):
    assert other.get(path).status_code == 404
    assert other.error("PUT", f"{path}/{FIRST}", {"action": "skip"})[0] == 404
    assert other.error("DELETE", f"{path}/{FIRST}")[0] == 404
