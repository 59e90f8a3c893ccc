"""A run that goes on after the step another one failed with; that step counts as skipped."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.domain.errors import Conflict
from engine.queries.runs import repeats as queries
from engine.queries.runs import skips
from engine.services.runs import bulk, repeats
from tests.runner.conftest import AnySettings, Scripted
from tests.runner.test_repeats import THREE, fail_in, loop, places, publish, step
from tests.support.stories import Clock, Engine, add_live_workflow


@pytest.fixture
def skip(engine: Engine, clock: Clock) -> Callable[..., Any]:
    """Go on after the failure of a run and advance the new one; gives its row."""
    def go(run: Any, **how: Any) -> Any:
        engine.advance(fresh := begin(engine, run, **how))
        return engine.execution(fresh)

    return go


def begin(engine: Engine, run: Any, **how: Any) -> str:
    return engine.do(
        lambda uow: repeats.skip(uow, run.id, by="Ann", user_id=None, at=engine.clock.at, **how)
    )


def left_out(engine: Engine, run: Any) -> Any:
    with engine.database.reading() as connection:
        origin = queries.origin(connection, run.id)
        return skips.skip(origin, queries.steps_of(connection, origin))


def test_a_run_goes_on_after_the_step_that_failed(
    engine: Engine, scripted: Scripted, clock: Clock, skip: Callable[..., Any]
) -> None:
    scripted.act = fail_in("two@")
    first = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    scripted.calls = []
    second = skip(first)
    assert (second.status, second.retry_of, second.retry_kind) == ("completed", first.id, "skip")
    assert [call.step_key for call in scripted.calls] == ["three"]
    row = engine.step_rows(second.id)["two"]
    assert (row.status, row.reason) == ("skipped", "skipped_by:Ann")
    assert (row.output, row.error_message) == (None, None)
    assert ("two", "Skipped by Ann. What it would have given is empty.") in [
        (line.step_key, line.message) for line in engine.log_lines(second.id)]
    assert engine.execution(first.id).status == "failed"


def test_the_first_step_can_be_skipped_too(
    engine: Engine, scripted: Scripted, clock: Clock, skip: Callable[..., Any]
) -> None:
    scripted.act = fail_in("one@")
    assert skip(engine.run(add_live_workflow(engine.database, clock.at, THREE))).status == "completed"
    assert [call.step_key for call in scripted.calls] == ["one", "two", "three"]


def test_only_the_failed_step_of_an_item_is_skipped(
    engine: Engine, scripted: Scripted, clock: Clock, skip: Callable[..., Any]
) -> None:
    when = {"key": "when", "type": "if", "with": {"left": "1", "is": "is", "right": "1"},
            "then": [step("a"), step("b")]}
    scripted.act = fail_in("a@1")
    workflow_id = add_live_workflow(engine.database, clock.at, [loop(when), step("last")])
    first = engine.run(workflow_id, rows=[1, 2, 3])
    scripted.act, scripted.calls = fail_in(), []
    second = skip(first)
    assert second.status == "completed"
    assert [f"{call.step_key}@{call.position}" for call in scripted.calls] == ["b@1", "a@2", "b@2", "last@"]
    found = places(engine, second.id)
    assert (found["a@0"], found["a@1"], found["a@2"]) == ("completed", "skipped", "completed")


def test_a_later_step_that_needs_it_is_named_before_and_fails_in_a_sentence(
    engine: Engine, scripted: Scripted, clock: Clock, skip: Callable[..., Any]
) -> None:
    scripted.act = fail_in("two@")
    steps = [*THREE[:2], step("mail", name="Send mail", **{"with": {"say": "{{ steps.two.rows }}"}}),
             step("end", **{"with": {"say": "{{ steps.one }}"}})]
    first = engine.run(add_live_workflow(engine.database, clock.at, steps))
    assert list(left_out(engine, first).needs) == ["Send mail"]
    second = skip(first)
    assert (second.status, second.error_message) == (
        "failed", "Step “two” has given nothing, so there is no “rows” of it.")


def test_what_went_out_before_does_not_go_out_again(engine: Engine, scripted: Scripted, clock: Clock) -> None:
    scripted.act = fail_in("two@")
    first = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    assert [(one.name, one.surely, one.again) for one in left_out(engine, first).sent] == [
        ("scripted (one)", True, False), ("scripted (two)", False, False)]


def test_a_failed_run_without_a_failed_step_has_none_to_skip(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    def overtime(context: Any, settings: AnySettings) -> str:
        clock.pass_time(hours=2)
        return ""

    workflow_id = add_live_workflow(engine.database, clock.at, THREE)
    with pytest.raises(Conflict, match="did not fail"):
        begin(engine, engine.run(workflow_id))
    scripted.act = overtime
    late = engine.run(workflow_id)
    assert late.error_code == "limit.time"
    with pytest.raises(Conflict, match="did not fail with one of its steps"):
        begin(engine, late)


def test_a_version_in_which_a_finished_step_is_another_is_refused(
    engine: Engine, scripted: Scripted, clock: Clock, skip: Callable[..., Any]
) -> None:
    scripted.act = fail_in("two@")
    workflow_id = add_live_workflow(engine.database, clock.at, THREE)
    first = engine.run(workflow_id)
    publish(engine.database, workflow_id, clock.at, [THREE[0], step("new"), *THREE[1:]])
    with pytest.raises(Conflict, match="Step 2 changed since"):
        begin(engine, first)
    assert skip(first, version="same").status == "completed"


def test_the_same_key_skips_once_and_such_a_run_can_be_stopped_in_line(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = fail_in("two@")
    first = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    fresh = {begin(engine, first, idempotency_key="k") for _ in range(2)}
    assert len(fresh) == 1
    (answer,) = engine.do(lambda uow: bulk.cancel(uow, list(fresh), by="Ann", user_id=None, at=clock.at))
    assert (answer.refusal, engine.execution(answer.id).status) == (None, "cancelled")


def test_a_run_that_fails_again_can_be_continued_with_the_step_still_left_out(
    engine: Engine, scripted: Scripted, clock: Clock, skip: Callable[..., Any]
) -> None:
    scripted.act = fail_in("two@", "three@")
    second = skip(engine.run(add_live_workflow(engine.database, clock.at, THREE)))
    scripted.act, scripted.calls = fail_in(), []
    third = engine.do(lambda uow: repeats.resume(uow, second.id, user_id=None, at=clock.at))
    engine.advance(third)
    assert engine.execution(third).status == "completed"
    assert [call.step_key for call in scripted.calls] == ["three"]
    assert engine.step_rows(third)["two"].status == "skipped"
