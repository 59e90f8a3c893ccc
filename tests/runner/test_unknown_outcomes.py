"""Whether a step that may happen once only has happened is asked of a person when nobody can tell."""

import pytest

from engine.domain.errors import Conflict, Invalid, NotFound, StepFailed
from engine.queries.runs import repeats
from engine.services.runs import executions, outcomes
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


@pytest.mark.parametrize(("detail", "surely"), [
    ({"sent": True, "status": 400}, True), ({"sent": True}, False),
])
def test_a_call_that_was_answered_has_surely_arrived(
    engine: Engine, scripted: Scripted, detail: dict[str, object], surely: bool
) -> None:
    def refused(*_: object) -> None:
        raise StepFailed("It did not accept that", error_class="data", code="http.4xx", detail=detail)

    scripted.act = refused
    failed = engine.run(add_live_workflow(engine.database, engine.clock.at, TWO))
    with engine.database.reading() as connection:
        run = repeats.origin(connection, failed.id)
        (sent,) = repeats.sent(run, repeats.steps_of(connection, run))
    assert (failed.status, sent.surely, sent.again) == ("failed", surely, True)


def test_a_step_that_may_happen_once_only_is_not_repeated(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.declared = "once"
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, TWO))
    die_in(scripted, "two")
    with pytest.raises(Killed):
        engine.advance(execution_id)
    begun = clock.at
    clock.pass_time(seconds=16)
    engine.advance(execution_id)
    run = engine.execution(execution_id)
    assert (run.status, run.reason) == ("waiting", "unknown_outcome")
    assert [call.step_key for call in scripted.calls] == ["one", "two"]
    step = engine.step_rows(execution_id)["two"]
    assert (step.attempt, step.retry_count, step.started_at) == (1, 0, begun)
    assert engine.log_events(execution_id).count("step_started") == 2


@pytest.fixture
def asking(engine: Engine, scripted: Scripted) -> str:
    """A run that waits for somebody to say whether its first step happened; gives its id."""
    def unanswered(*_: object) -> None:
        raise StepFailed("No answer", error_class="timeout", code="net.timeout", detail={"sent": True})

    scripted.declared, scripted.act = "once", unanswered
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, TWO))
    scripted.act = lambda context, settings: context.step_key
    return str(run.id)


def say(engine: Engine, run: str, answer: str, key: str = "one") -> None:
    engine.do(lambda uow: outcomes.settle(uow, run, key, "", answer, by="Ann", user_id=None,
                                          at=engine.clock.at))


@pytest.mark.parametrize(("answer", "status", "effect", "output", "calls"), [
    ("happened", "completed", "done", {"confirmed_by": "Ann"}, ["one", "two"]),
    ("retry", "completed", "done", "one", ["one", "one", "two"]),
    ("skip", "skipped", "unknown", None, ["one", "two"]),
])
def test_the_run_goes_on_as_somebody_says(
    engine: Engine, scripted: Scripted, asking: str, answer: str, status: str, effect: str, output: object,
    calls: list[str],
) -> None:
    say(engine, asking, answer)
    engine.advance(asking)
    step = engine.step_rows(asking)["one"]
    assert engine.execution(asking).status == "completed"
    assert (step.status, step.effect, step.output) == (status, effect, output)
    assert [call.step_key for call in scripted.calls] == calls


def test_only_the_first_answer_counts(engine: Engine, asking: str) -> None:
    say(engine, asking, "skip")
    with pytest.raises(Conflict):
        say(engine, asking, "retry")
    assert engine.step_rows(asking)["one"].status == "skipped"


def test_who_said_so_is_on_record_beside_the_step(engine: Engine, asking: str) -> None:
    say(engine, asking, "skip")
    assert engine.step_rows(asking)["one"].reason == "skipped_by:Ann"
    assert ("one", "Ann said: it is to be skipped") in [
        (line.step_key, line.message) for line in engine.log_lines(asking)]


def test_no_other_step_takes_an_answer(engine: Engine, asking: str) -> None:
    with pytest.raises(NotFound):
        say(engine, asking, "skip", key="two")
    with pytest.raises(Invalid):
        say(engine, asking, "perhaps")
    engine.do(lambda uow: executions.cancel(uow, asking, by="Ann", at=engine.clock.at))
    with pytest.raises(Conflict):
        say(engine, asking, "happened")
    assert engine.execution(asking).status == "cancelled"
