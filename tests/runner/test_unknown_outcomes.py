"""Whether a step that may happen once only has happened is asked of a person when nobody can tell."""

import pytest

from engine.domain.errors import StepFailed
from tests.runner.conftest import Scripted
from tests.runner.test_taking_over import TWO, Killed, die_in
from tests.support.stories import Clock, Engine, add_live_workflow


def test_a_call_that_may_happen_once_only_is_not_tried_again_when_it_went_out_unanswered(
    engine: Engine, scripted: Scripted
) -> None:
    def unanswered(*_: object) -> None:
        raise StepFailed("No answer", error_class="timeout", code="net.timeout", detail={"sent": True})

    scripted.declared, scripted.act = "once", unanswered
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, TWO))
    assert (run.status, run.reason, run.wake_at) == ("waiting", "unknown_outcome", None)
    assert len(scripted.calls) == 1
    assert engine.step_rows(run.id)["one"].effect == "unknown"


def test_a_step_that_may_happen_once_only_is_not_repeated(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.declared = "once"
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, TWO))
    die_in(scripted, "two")
    with pytest.raises(Killed):
        engine.advance(execution_id)
    clock.pass_time(seconds=16)
    engine.advance(execution_id)
    run = engine.execution(execution_id)
    assert (run.status, run.reason) == ("waiting", "unknown_outcome")
    assert [call.step_key for call in scripted.calls] == ["one", "two"]
