"""No step outlasts its time limit, not even one that does not look at the clock."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.domain.errors import StepFailed
from engine.runner import Runner, Threads
from engine.services.runs import recovery
from engine.steps._base import Pause
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow

STUCK = {"key": "stuck", "type": "scripted", "timeout_seconds": 1, "retry": {"max_attempts": 1}}
TRIED_AGAIN = {"key": "tried", "type": "scripted", "retry": {"max_attempts": 2, "backoff_ms": 20_000}}


@pytest.fixture
def stuck(engine: Engine, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A worker whose step goes on until the test is over."""
    monkeypatch.setattr("engine.runner.attempt.OVERTIME", timedelta(seconds=-0.95))
    let_go = threading.Event()
    scripted.act = lambda context, settings: let_go.wait(60)
    engine.means = replace(engine.means, in_thread=Threads(2).run)
    engine.runner = Runner(engine.means, engine.database)
    yield engine
    let_go.set()


def test_a_step_that_does_not_stop_is_left_to_itself(stuck: Engine) -> None:
    run = stuck.run(add_live_workflow(stuck.database, stuck.clock.at, [STUCK]))
    assert (run.status, run.error_code) == ("failed", "limit.time")
    assert run.error_message == "The step took longer than its time limit of 1 second and did not stop."


def test_nobody_knows_then_whether_what_may_happen_once_only_has_happened(
    stuck: Engine, scripted: Scripted
) -> None:
    scripted.declared = "once"
    run = stuck.run(add_live_workflow(stuck.database, stuck.clock.at, [STUCK]))
    assert (run.status, run.reason) == ("waiting", "unknown_outcome")


def test_time_in_which_nobody_looked_after_a_run_does_not_count(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = lambda context, settings: Pause(context.at + timedelta(minutes=1), "rested")
    say = {"key": "say", "type": "write_log", "with": {"message": "hello"}}
    steps = [{"key": "rest", "type": "scripted"}, say]
    run = engine.run(add_live_workflow(engine.database, clock.at, steps, timeout_seconds=60))
    clock.pass_time(days=3)  # everything was off over the weekend
    engine.do(lambda uow: recovery.wake(uow, clock.at))
    engine.advance(run.id)
    assert engine.execution(run.id).status == "completed"


def test_nor_does_the_time_after_a_power_cut(engine: Engine, scripted: Scripted, clock: Clock) -> None:
    class PowerCut(BaseException):
        pass

    def cut(*_: object) -> str:
        if len(scripted.calls) == 1:
            raise PowerCut
        return "done"

    scripted.act = cut
    step = {"key": "a", "type": "scripted"}
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, [step], timeout_seconds=60))
    with pytest.raises(PowerCut):
        engine.advance(execution_id)
    clock.pass_time(days=3)
    engine.advance(execution_id)
    assert engine.execution(execution_id).status == "completed"


def test_no_try_is_planned_for_a_time_at_which_the_run_has_none_left(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = failing
    run = engine.run(add_live_workflow(engine.database, clock.at, [TRIED_AGAIN], timeout_seconds=10))
    assert (run.status, run.error_code, run.error_step) == ("failed", "http.status", "tried")
    assert engine.step_rows(run.id)["tried"].status == "failed"


def test_nothing_goes_on_waiting_in_a_run_that_another_item_of_a_loop_has_ended(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    def busy_or_broken(_: object, settings: Any) -> None:
        raise StepFailed("It was busy or broken.", code="http.status",
                         error_class="transient" if settings.say == "busy" else "permanent")

    scripted.act = busy_or_broken
    inner = {**TRIED_AGAIN, "with": {"say": "{{ item }}"}}
    both = {"list": "busy, broken", "at_once": 2}
    loop = {"key": "all", "type": "for_each", "with": both, "steps": [inner]}
    run = engine.run(add_live_workflow(engine.database, clock.at, [loop]))
    assert run.status == "failed"
    assert sorted(row.status for row in engine.positions(run.id, "tried")) == ["cancelled", "failed"]


def failing(*_: object) -> None:
    raise StepFailed("It was busy.", error_class="transient", code="http.status")
