"""Runs that wait for people who were asked, for other runs, and for a time of day."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.domain.errors import Conflict, Invalid
from engine.models import Approval, Execution, Workflow
from engine.services.runs import approvals, executions, recovery
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow, add_user

ASK = {"key": "ask", "type": "approve",
       "with": {"question": "Refund {{ inputs.order }}?", "expires_after": "2d"}}
PAY = {"key": "pay", "type": "scripted", "with": {"say": "{{ steps.ask.answer }} by {{ steps.ask.by }}"}}
HELLO = [{"key": "hello", "type": "write_log", "with": {"message": "Hello {{ inputs.who }}"}}]


@pytest.fixture
def asked(engine: Engine) -> Any:
    """A run that waits for an answer."""
    return engine.run(add_live_workflow(engine.database, engine.clock.at, [ASK, PAY]), order=88)


@pytest.fixture
def owner(engine: Engine) -> str:
    return add_user(engine.database, engine.clock.at, role="editor")


def question(engine: Engine, execution_id: str) -> Any:
    with engine.database.reading() as connection:
        return connection.execute(
            select(*Approval.__table__.columns).where(Approval.execution_id == execution_id)
        ).one()


def answer(engine: Engine, execution_id: str, word: str) -> None:
    approval_id = question(engine, execution_id).id
    engine.do(lambda uow: approvals.answer(uow, approval_id, word, by="Ann", at=engine.clock.at))
    engine.advance(execution_id)


def pass_time(engine: Engine, **amount: float) -> None:
    engine.clock.pass_time(**amount)
    engine.do(lambda uow: recovery.wake(uow, engine.clock.at))


def calling(engine: Engine, owner: str, inner: list[dict[str, Any]], **settings: Any) -> Any:
    inner_id = add_live_workflow(engine.database, engine.clock.at, inner, owner_id=owner)
    step = {"key": "call", "type": "run_workflow", "with": {
        "workflow": inner_id, "inputs": {"who": "{{ inputs.who }}"}, **settings}}
    after = {"key": "after", "type": "write_log", "with": {"message": "got {{ steps.call.status }}"}}
    outer_id = add_live_workflow(engine.database, engine.clock.at, [step, after], owner_id=owner)
    return engine.run(outer_id, who="Ann")


def child_of(engine: Engine, execution_id: str) -> Any:
    """The run that a step of this one has started, or None."""
    with engine.database.reading() as connection:
        statement = select(Execution.id).where(Execution.parent_id == execution_id)
        found = connection.execute(statement).scalar_one_or_none()
    return engine.execution(found) if found else None


def test_it_asks_and_holds_no_worker(engine: Engine, asked: Any) -> None:
    assert (asked.status, asked.reason, asked.lease_owner) == ("waiting", "approval", None)
    assert question(engine, asked.id).question == "Refund 88?"


def test_the_answer_lets_it_go_on(engine: Engine, asked: Any) -> None:
    answer(engine, asked.id, "Approve")
    run = engine.execution(asked.id)
    assert (run.status, run.output) == ("completed", "Approve by Ann")


def test_a_no_ends_the_run_well_and_skips_the_rest(engine: Engine, asked: Any, scripted: Scripted) -> None:
    answer(engine, asked.id, "Reject")
    run = engine.execution(asked.id)
    assert (run.status, run.reason, scripted.calls) == ("completed", "ended_early", [])
    assert engine.step_rows(asked.id)["pay"].status == "skipped"


def test_only_the_first_answer_counts(engine: Engine, asked: Any) -> None:
    answer(engine, asked.id, "Approve")
    with pytest.raises(Conflict, match="Ann has answered this already: Approve"):
        answer(engine, asked.id, "Reject")


def test_a_word_that_is_no_answer_is_refused(engine: Engine, asked: Any) -> None:
    with pytest.raises(Invalid, match="Choose one of: Approve, Reject"):
        answer(engine, asked.id, "Perhaps")


def test_when_nobody_answers_the_answer_set_for_that_counts(engine: Engine, asked: Any) -> None:
    pass_time(engine, days=2, seconds=1)
    engine.advance(asked.id)
    run = engine.execution(asked.id)
    assert (run.status, run.reason) == ("completed", "ended_early")
    assert engine.step_rows(asked.id)["ask"].output["answer"] == "Reject"


def test_or_the_step_fails_where_that_is_wanted(engine: Engine) -> None:
    step = {**ASK, "with": {**ASK["with"], "when_expired": "fail"}}
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, [step]), order=88)
    pass_time(engine, days=2, seconds=1)
    engine.advance(run.id)
    assert engine.execution(run.id).error_code == "approve.expired"


def test_a_stopped_run_can_not_be_answered(engine: Engine, asked: Any) -> None:
    engine.do(lambda uow: executions.cancel(uow, asked.id, by="Bob", at=engine.clock.at))
    with pytest.raises(Conflict, match="does not wait"):
        answer(engine, asked.id, "Approve")


def test_another_workflow_is_started_and_waited_for(engine: Engine, owner: str) -> None:
    run = calling(engine, owner, HELLO)
    assert (run.status, run.reason) == ("waiting", "workflow")
    engine.advance(child_of(engine, run.id).id)
    assert child_of(engine, run.id).output == {"message": "Hello Ann"}
    engine.advance(run.id)
    assert engine.execution(run.id).output == {"message": "got completed"}


def test_without_waiting_it_goes_on_at_once(engine: Engine, owner: str) -> None:
    run = calling(engine, owner, HELLO, wait=False)
    assert (run.status, run.output) == ("completed", {"message": "got started"})
    assert child_of(engine, run.id).status == "pending"


def test_when_the_other_run_fails_the_step_fails_and_says_why(engine: Engine, owner: str) -> None:
    stop = {"key": "no", "type": "stop", "with": {"message": "No paper", "as": "failed"}}
    run = calling(engine, owner, [stop])
    engine.advance(child_of(engine, run.id).id)
    engine.advance(run.id)
    failed = engine.execution(run.id)
    assert (failed.status, failed.error_code) == ("failed", "workflow.failed")
    assert "No paper" in failed.error_message


def test_stopping_the_run_stops_the_one_it_waits_for(engine: Engine, owner: str) -> None:
    run = calling(engine, owner, HELLO)
    engine.do(lambda uow: executions.cancel(uow, run.id, by="Ann", at=engine.clock.at))
    assert child_of(engine, run.id).status == "cancelled"


def test_the_workflow_of_somebody_else_can_not_be_started(engine: Engine, owner: str) -> None:
    stranger = add_live_workflow(engine.database, engine.clock.at, HELLO)
    step = {"key": "call", "type": "run_workflow", "with": {"workflow": stranger}}
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, [step], owner_id=owner))
    assert (run.status, run.error_code) == ("failed", "workflow.start")


def test_workflows_that_start_each_other_in_a_circle_come_to_an_end(engine: Engine, owner: str) -> None:
    step = {"key": "call", "type": "run_workflow", "with": {"workflow": "circle"}}
    workflow_id = add_live_workflow(engine.database, engine.clock.at, [step], owner_id=owner)
    engine.do(lambda uow: uow.execute(
        update(Workflow).where(Workflow.id == workflow_id).values(slug="circle")))
    run, runs = engine.run(workflow_id), 1
    while (child := child_of(engine, run.id)) is not None:
        engine.advance(child.id)
        run, runs = engine.execution(child.id), runs + 1
    assert runs == 6
    assert "circle" in run.error_message


@pytest.mark.parametrize(("limits", "waits", "status"), [
    ({"max_concurrent": 1}, True, "failed"), ({"max_concurrent": 1}, False, "completed"),
    ({"max_concurrent": 2}, True, "waiting"), ({"concurrency_key": "{{ inputs.who }}"}, True, "failed"),
    ({"concurrency_key": "{{ inputs.who }}", "max_per_key": 2}, True, "waiting"),
])
def test_none_waits_for_a_run_that_waits_for_its_place(
    engine: Engine, owner: str, limits: Any, waits: bool, status: str
) -> None:
    step = {"key": "call", "type": "run_workflow",
            "with": {"workflow": "itself", "wait": waits, "inputs": {"who": "{{ inputs.who }}"}}}
    workflow_id = add_live_workflow(engine.database, engine.clock.at, [step], owner_id=owner, **limits)
    engine.do(lambda uow: uow.execute(
        update(Workflow).where(Workflow.id == workflow_id).values(slug="itself")))
    run = engine.run(workflow_id, who="Ann")
    assert run.status == status
    assert (child_of(engine, run.id) is None) == (status == "failed")


def test_waiting_until_a_time_of_day_rests_until_it_comes_next(engine: Engine, clock: Clock) -> None:
    step = {"key": "rest", "type": "wait_until", "with": {"until": "18:00"}}
    run = engine.run(add_live_workflow(engine.database, clock.at, [step]))
    assert (run.status, run.wake_at) == ("waiting", datetime(2026, 3, 2, 18, tzinfo=UTC))


def test_a_date_that_has_passed_does_not_hold_the_run(engine: Engine) -> None:
    step = {"key": "rest", "type": "wait_until", "with": {"until": "2026-03-01 18:00"}}
    assert engine.run(add_live_workflow(engine.database, engine.clock.at, [step])).status == "completed"
