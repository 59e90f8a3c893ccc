"""A run goes through its steps, and what is recorded as finished is never done again."""

from datetime import timedelta

from engine.domain.errors import StepFailed
from engine.services.runs import claims, executions, recovery
from engine.services.runs.claims import Request
from engine.steps._base import EndRun, Pause
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow

THREE = [{"key": key, "type": "scripted", "with": {"say": key}} for key in ("one", "two", "three")]
NOTE = {"key": "note", "type": "write_log", "with": {"message": "{{ steps.one }} of {{ inputs.who }}"}}


def transient(*_: object) -> None:
    raise StepFailed("The shop did not answer", error_class="transient", code="net.timeout")


def test_a_run_goes_through_all_steps_and_ends_completed(engine: Engine, scripted: Scripted) -> None:
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, THREE))
    assert (run.status, run.output, run.lease_owner) == ("completed", "three", None)
    assert [call.step_key for call in scripted.calls] == ["one", "two", "three"]
    assert engine.log_events(run.id) == [
        "started", *["step_started", "step_completed"] * 3, "completed",
    ]


def test_later_steps_use_what_earlier_ones_and_the_start_gave(engine: Engine) -> None:
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, [THREE[0], NOTE]), who="Ann")
    assert engine.step_rows(run.id)["note"].output == {"message": "one of Ann"}


def test_a_finished_run_is_not_run_again_when_rung_again(engine: Engine, scripted: Scripted) -> None:
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, THREE))
    engine.advance(run.id)
    assert len(scripted.calls) == 3


def test_a_passing_trouble_is_tried_again_later_without_holding_the_worker(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = transient
    run = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    step = engine.step_rows(run.id)["one"]
    assert (run.status, run.reason, step.status, step.attempt) == ("waiting", "retry", "waiting", 1)
    assert timedelta(seconds=0.9) <= run.wake_at - clock.at <= timedelta(seconds=1.1)

    scripted.act = lambda context, settings: "fine now"
    clock.pass_time(seconds=2)
    engine.do(lambda uow: recovery.wake(uow, clock.at))
    engine.advance(run.id)
    run = engine.execution(run.id)
    assert (run.status, run.retry_count) == ("completed", 1)
    assert engine.step_rows(run.id)["one"].attempt == 2


def test_a_run_fails_once_the_tries_are_used_up(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = transient
    run = engine.run(add_live_workflow(engine.database, clock.at, THREE, retry_max_attempts=2))
    clock.pass_time(minutes=1)
    engine.do(lambda uow: recovery.wake(uow, clock.at))
    engine.advance(run.id)
    run = engine.execution(run.id)
    assert (run.status, run.error_class, run.error_code) == ("failed", "transient", "net.timeout")
    assert run.error_message == "The shop did not answer"
    assert engine.step_rows(run.id).keys() == {"one"}


def test_trouble_that_can_not_pass_is_not_tried_again(engine: Engine, scripted: Scripted) -> None:
    def refuse(*_: object) -> None:
        raise StepFailed("Wrong password", error_class="auth", code="http.401")

    scripted.act = refuse
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, THREE))
    assert (run.status, len(scripted.calls)) == ("failed", 1)


def test_a_step_may_fail_and_the_run_go_on_when_it_says_so(engine: Engine, scripted: Scripted) -> None:
    def refuse_first(context: object, settings: object) -> str:
        if scripted.calls[-1].step_key == "one":
            raise StepFailed("No", error_class="data", code="data.missing")
        return "done"

    scripted.act = refuse_first
    steps = [{**THREE[0], "on_failure": "continue"}, THREE[1]]
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, steps))
    assert run.status == "completed"
    assert engine.step_rows(run.id)["one"].status == "failed"


def test_a_bug_in_a_step_fails_the_run_with_a_reference_and_no_traceback(
    engine: Engine, scripted: Scripted
) -> None:
    scripted.act = lambda context, settings: 1 / 0
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, THREE))
    assert (run.status, run.error_code) == ("failed", "app.bug")
    assert "Reference" in run.error_message and "ZeroDivision" not in run.error_message


def test_a_step_that_finds_no_memory_fails_alone(engine: Engine, scripted: Scripted) -> None:
    """Fault 13: the run says so, and the next one finds a worker."""
    scripted.act = lambda *_: bytearray(1 << 62)
    workflow_id = add_live_workflow(engine.database, engine.clock.at, THREE)
    assert engine.run(workflow_id).error_class == "internal"
    scripted.act = lambda *_: "fine"
    assert engine.run(workflow_id).status == "completed"


def test_a_pause_frees_the_worker_and_ends_at_its_time(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = lambda context, settings: Pause(context.at + timedelta(days=2), "rested")
    run = engine.run(add_live_workflow(engine.database, clock.at, THREE[:1], timeout_seconds=60))
    assert (run.status, run.reason, run.wake_at) == ("waiting", "timer", clock.at + timedelta(days=2))

    clock.pass_time(days=1)
    assert engine.do(lambda uow: recovery.wake(uow, clock.at)) == 0
    clock.pass_time(days=1)
    assert engine.do(lambda uow: recovery.wake(uow, clock.at)) == 1
    engine.advance(run.id)
    run = engine.execution(run.id)
    assert (run.status, run.output, len(scripted.calls)) == ("completed", "rested", 1)
    assert engine.step_rows(run.id)["one"].input == {"say": "one"}


def test_ending_early_skips_the_rest_and_says_so(engine: Engine, scripted: Scripted) -> None:
    scripted.act = lambda context, settings: EndRun("completed", "There are no sales today")
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, THREE))
    assert (run.status, run.reason) == ("completed", "ended_early")
    assert [row.status for row in engine.step_rows(run.id).values()] == ["completed", "skipped", "skipped"]


def test_a_run_that_takes_longer_than_its_limit_is_stopped(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = lambda context, settings: clock.pass_time(seconds=61) and "slow"
    run = engine.run(add_live_workflow(engine.database, clock.at, THREE, timeout_seconds=60))
    assert (run.status, run.error_code, len(scripted.calls)) == ("failed", "limit.time", 1)
    assert run.error_message == "The run took longer than its time limit of 1 minute, so it was stopped."


def test_stopping_a_run_ends_it_at_once_and_its_worker_walks_away(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    def stopped_meanwhile(context: object, settings: object) -> str:
        execution_id = scripted.calls[-1].execution_id
        engine.do(lambda uow: executions.cancel(uow, execution_id, by="Ann", at=clock.at))
        return "too late"

    scripted.act = stopped_meanwhile
    run = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    assert (run.status, len(scripted.calls)) == ("cancelled", 1)
    assert engine.step_rows(run.id)["one"].status == "cancelled"


def test_a_stopping_worker_hands_the_run_on_between_steps(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = lambda context, settings: engine.means.stopping.set()
    run = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    assert (run.status, run.lease_owner) == ("pending", None)

    other = Engine(engine.database, clock, engine.steps, owner="worker-2")
    scripted.act = lambda context, settings: "done"
    other.advance(run.id)
    assert other.execution(run.id).status == "completed"
    assert [call.step_key for call in scripted.calls] == ["one", "two", "three"]


def test_what_a_stopping_worker_can_not_finish_is_handed_back(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = lambda context, settings: engine.runner.hand_back()
    run = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    assert (run.status, run.crash_count) == ("pending", 0)


def test_secrets_in_settings_do_not_reach_the_history(engine: Engine) -> None:
    step = {"key": "note", "type": "write_log", "with": {"message": "hello"}}
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, [step]))
    assert engine.step_rows(run.id)["note"].input == {"message": "hello", "level": "info"}


def test_logs_of_a_lost_lease_are_not_written(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    def taken_over(context: object, settings: object) -> str:
        clock.pass_time(seconds=16)
        request = Request(scripted.calls[-1].execution_id, "thief", timedelta(seconds=15), clock.at)
        engine.do(lambda uow: claims.claim(uow, [request]))
        return "ghost"

    scripted.act = taken_over
    run = engine.run(add_live_workflow(engine.database, clock.at, THREE[:1]))
    assert (run.status, run.lease_owner, run.lease_epoch) == ("running", "thief", 2)
    assert "step_completed" not in engine.log_events(run.id)
