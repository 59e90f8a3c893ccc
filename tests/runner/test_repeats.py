"""A run that goes on where another one stopped; nothing that is finished is done again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.db import Database
from engine.domain.errors import Conflict, StepFailed
from engine.domain.ids import new_id
from engine.models import Execution, ExecutionStep, Workflow, WorkflowVersion
from engine.queries.runs import repeats as queries
from engine.services.runs import executions, repeats
from engine.steps._base import StepContext
from tests.runner.conftest import AnySettings, Scripted
from tests.support.stories import Clock, Engine, add_live_workflow


def step(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": "scripted", "with": {"say": key}, "retry": {"max_attempts": 1}, **more}


def loop(*steps: dict[str, Any], key: str = "each", **settings: Any) -> dict[str, Any]:
    return {"key": key, "type": "for_each", "with": {"list": "{{ inputs.rows }}", **settings},
            "steps": list(steps)}


THREE = [step("one"), step("two"), step("three")]


def fail_in(*places: str) -> Callable[[StepContext, AnySettings], Any]:
    def act(context: StepContext, settings: AnySettings) -> str:
        if f"{context.step_key}@{context.position}" in places:
            raise StepFailed("Broken", error_class="logic", code="run.stopped")
        return settings.say
    return act


@pytest.fixture
def resume(engine: Engine, clock: Clock) -> Callable[..., Any]:
    """Continue a run and advance the new one; gives its row."""
    def go(run: Any, **how: Any) -> Any:
        fresh = engine.do(lambda uow: repeats.resume(uow, run.id, user_id=None, at=clock.at, **how))
        engine.advance(fresh)
        return engine.execution(fresh)

    return go


def places(engine: Engine, execution_id: str) -> dict[str, str]:
    with engine.database.reading() as connection:
        rows = connection.execute(
            select(ExecutionStep.step_key, ExecutionStep.position, ExecutionStep.status)
            .where(ExecutionStep.execution_id == execution_id)
        ).all()
    return {f"{row.step_key}@{row.position}": row.status for row in rows}


def publish(database: Database, workflow_id: str, at: datetime, steps: list[dict[str, Any]]) -> None:
    version_id = new_id(at)
    with database.transaction() as uow:
        owner = uow.execute(select(Workflow.owner_id)).scalar_one()
        uow.execute(insert(WorkflowVersion).values(
            id=version_id, workflow_id=workflow_id, number=2, definition={"steps": steps},
            created_by=owner, created_at=at))
        uow.execute(update(Workflow).values(live_version_id=version_id))


def test_a_run_goes_on_from_the_step_that_failed(
    engine: Engine, scripted: Scripted, clock: Clock, resume: Callable[..., Any]
) -> None:
    scripted.act = fail_in("two@")
    first = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    scripted.act, scripted.calls = fail_in(), []
    second = resume(first)
    assert (second.status, second.retry_of, second.retry_kind) == ("completed", first.id, "resume")
    assert [call.step_key for call in scripted.calls] == ["two", "three"]
    assert engine.step_rows(second.id)["one"].output == "one"
    assert engine.execution(first.id).status == "failed"


def test_a_loop_goes_on_with_the_item_that_failed(
    engine: Engine, scripted: Scripted, clock: Clock, resume: Callable[..., Any]
) -> None:
    steps = [step("one"), loop(step("a"), step("b")), step("three")]
    scripted.act = fail_in("b@1")
    first = engine.run(add_live_workflow(engine.database, clock.at, steps), rows=[1, 2, 3])
    scripted.act, scripted.calls = fail_in(), []
    second = resume(first)
    assert second.status == "completed"
    assert [f"{call.step_key}@{call.position}" for call in scripted.calls] == ["b@1", "a@2", "b@2", "three@"]
    assert engine.step_rows(second.id)["each"].output["count"] == 3


def test_a_branch_goes_on_where_it_was_stopped(
    engine: Engine, scripted: Scripted, clock: Clock, resume: Callable[..., Any]
) -> None:
    branch = {"key": "when", "type": "if", "with": {"left": "1", "is": "is", "right": "1"},
              "then": [step("a"), step("b")], "otherwise": [step("c")]}
    scripted.act = fail_in("b@")
    first = engine.run(add_live_workflow(engine.database, clock.at, [branch, step("last")]))
    scripted.act, scripted.calls = fail_in(), []
    assert resume(first).status == "completed"
    assert [call.step_key for call in scripted.calls] == ["b", "last"]


def test_what_a_run_stopped_by_a_person_had_finished_is_kept(
    engine: Engine, scripted: Scripted, clock: Clock, resume: Callable[..., Any]
) -> None:
    steps = [step("one"), {"key": "rest", "type": "wait", "with": {"for": "1h"}}, step("three")]
    first = engine.run(add_live_workflow(engine.database, clock.at, steps))
    engine.do(lambda uow: executions.cancel(uow, first.id, by="Ann", at=clock.at))
    second = resume(engine.execution(first.id))
    assert second.status == "waiting"
    assert [call.step_key for call in scripted.calls] == ["one"]


def test_a_failure_the_workflow_goes_on_after_stays_as_it_was(
    engine: Engine, scripted: Scripted, clock: Clock, resume: Callable[..., Any]
) -> None:
    steps = [step("one", on_failure="continue", if_fails=[step("sorry")]),
             step("two", if_fails=[step("tell")]), step("three")]
    scripted.act = fail_in("one@", "two@")
    first = engine.run(add_live_workflow(engine.database, clock.at, steps))
    assert places(engine, first.id)["tell@"] == "completed"
    scripted.calls = []
    assert resume(first).status == "failed"
    assert [call.step_key for call in scripted.calls] == ["two", "tell"]


def test_a_run_stopped_by_one_of_its_steps_asks_that_step_again(
    engine: Engine, clock: Clock, resume: Callable[..., Any]
) -> None:
    steps = [step("one"), {"key": "halt", "type": "stop", "with": {"as": "failed"}}, step("three")]
    first = engine.run(add_live_workflow(engine.database, clock.at, steps))
    second = resume(first)
    assert (second.status, second.error_code) == ("failed", "run.stopped")


def test_only_a_run_with_something_finished_and_something_left_can_be_continued(
    engine: Engine, scripted: Scripted, clock: Clock, resume: Callable[..., Any]
) -> None:
    workflow_id = add_live_workflow(engine.database, clock.at, THREE)
    with pytest.raises(Conflict, match="went well"):
        resume(engine.run(workflow_id))
    scripted.act = fail_in("one@")
    with pytest.raises(Conflict, match="No step of this run is finished"):
        resume(engine.run(workflow_id))


def test_a_fixed_version_is_used_unless_what_is_finished_changed(
    engine: Engine, scripted: Scripted, clock: Clock, resume: Callable[..., Any]
) -> None:
    scripted.act = fail_in("two@")
    workflow_id = add_live_workflow(engine.database, clock.at, THREE)
    first = engine.run(workflow_id)
    scripted.act = fail_in()
    publish(engine.database, workflow_id, clock.at, [THREE[0], step("two", **{"with": {"say": "fixed"}})])
    assert engine.step_rows(resume(first).id)["two"].output == "fixed"
    engine.do(lambda uow: uow.execute(update(WorkflowVersion).where(WorkflowVersion.number == 2).values(
        definition={"steps": [step("one", **{"with": {"say": "other"}}), *THREE[1:]]})))
    with pytest.raises(Conflict, match="Step 1 changed since. Run from the start instead"):
        resume(first)
    assert resume(first, version="same").version_id == first.version_id


def test_the_same_key_continues_once(engine: Engine, scripted: Scripted, clock: Clock) -> None:
    scripted.act = fail_in("two@")
    first = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    fresh = {engine.do(lambda uow: repeats.resume(uow, first.id, user_id=None, at=clock.at,
                                                  idempotency_key="k")) for _ in range(2)}
    assert len(fresh) == 1


def test_what_already_went_out_is_told_apart_from_what_goes_out_again(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = fail_in("two@")
    first = engine.run(add_live_workflow(engine.database, clock.at, THREE))
    with engine.database.reading() as connection:
        run = queries.origin(connection, first.id)
        rows = queries.steps_of(connection, run)
        here, everything = queries.restart(run, rows), queries.sent(run, rows)
    assert here is not None
    assert [(one.name, one.surely, one.again) for one in here.sent] == [
        ("scripted (one)", True, False), ("scripted (two)", False, True)]
    assert [one.again for one in everything] == [True, True]


def test_a_repeat_of_a_dry_run_is_a_dry_run(engine: Engine, clock: Clock) -> None:
    first = engine.run(add_live_workflow(engine.database, clock.at, [THREE[0]]))
    engine.do(lambda uow: uow.execute(update(Execution).values(dry_run=True)))
    fresh = engine.do(lambda uow: repeats.rerun(uow, first.id, user_id=None, at=clock.at))
    assert engine.execution(fresh).dry_run
