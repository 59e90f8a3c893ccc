"""Programs are told why a run or a step waits, and until when."""

from typing import Any

import pytest

from engine.services.runs import recovery
from tests.support.stories import Engine
from tests.web.api.program import Program


def started(program: Program, engine: Engine, step: Any) -> Any:
    """Start a run of this step, go on with it once and give its JSON."""
    run_id = program.post(f"/api/workflows/{program.make(steps=[step])['id']}/execute").json["id"]
    engine.advance(run_id)
    return program.get(f"/api/executions/{run_id}").json


@pytest.mark.parametrize(("kind", "given", "reason", "sentence", "wakes"), [
    ("wait", {"for": "2h"}, "timer", "It waits on purpose", "2026-03-02T11:00:00Z"),
    ("approve", {"question": "Go on?", "expires_after": "1d"}, "approval",
     "It waits for an answer to its question", "2026-03-03T09:00:00Z"),
])
def test_a_run_that_waits_says_why_and_until_when(
    program: Program, engine: Engine, kind: str, given: Any, reason: str, sentence: str, wakes: str
):
    run = started(program, engine, {"key": "rest", "type": kind, "with": given})
    (listed,) = program.get("/api/executions").json["executions"]
    for rests in (run, listed, run["steps"][0]):
        assert (rests["reason"], rests["reasonSentence"], rests["wakeAt"]) == (reason, sentence, wakes)


def test_what_has_ended_wakes_no_more_and_waited_until_a_time_in_utc(program: Program, engine: Engine):
    resting = started(program, engine, {"key": "rest", "type": "wait", "with": {"for": "2h"}})
    engine.clock.pass_time(hours=2)
    engine.do(lambda uow: recovery.wake(uow, engine.clock.at))
    engine.advance(resting["id"])
    run = program.get(f"/api/executions/{resting['id']}").json
    (step,) = run["steps"]
    assert (run["status"], run["wakeAt"], run["reasonSentence"]) == ("completed", None, None)
    assert (step["wakeAt"], step["reasonSentence"]) == (None, None)
    assert step["output"]["until"] == "2026-03-02T11:00:00Z"
