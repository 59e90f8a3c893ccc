"""Steps that wait for somebody else: for people who were asked, and for runs they have started."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from engine.db import UnitOfWork
from engine.domain.errors import DomainError, StepFailed
from engine.domain.runs.states import CANCELLED, COMPLETED, FINAL
from engine.runner.attempt import Attempt
from engine.runner.course import Course
from engine.runner.plans import PlanStep
from engine.runner.scopes import End, Flow, Rest, Scope
from engine.runner.walker import Walker
from engine.services.runs import approvals, calls, subruns
from engine.services.runs.approvals import Question
from engine.services.runs.subruns import Start
from engine.steps._base import Ask, Call

APPROVAL: Final = "approval"
REASONS: Final = (APPROVAL, calls.CALL)


async def begin(walk: Walker, step: PlanStep, attempt: Attempt, outcome: Ask | Call, scope: Scope) -> Flow:
    """Ask, or start the other run. Both are done once however often this is called."""
    course = walk.course
    place = (course.claim.row.id, step.key, scope.position)
    if isinstance(outcome, Ask):
        question = Question(
            *place, course.claim.row.workflow_id, course.secrets.hide_in(outcome.question),
            tuple(outcome.choices), tuple(outcome.recipients), outcome.remind_at, outcome.expires_at,
            course.means.now(),
        )
        await course.means.write(approvals.ask, question)
        kept = {"choices": list(outcome.choices), "ends_run": list(outcome.ends_run),
                "when_expired": outcome.when_expired}
        _look_again(course, place[0], place[1:])
        return walk.records.resting(step, attempt, Rest(APPROVAL, outcome.expires_at), scope, kept)
    try:
        child_id = await course.means.write(subruns.start, Start(
            *place, outcome.workflow, outcome.inputs, course.claim.row.owner_id, course.claim.row.depth,
            outcome.wait, course.means.now(),
        ))
    except DomainError as error:
        failure = StepFailed(error.message, error_class="logic", code="workflow.start")
        walk.records.failed(step, attempt, failure, scope)
        return await walk.after_failure(step, failure, scope)
    if not outcome.wait:
        walk.records.completed(step, attempt, {"id": child_id, "status": "started", "output": None}, scope)
        return None
    _look_again(course, place[0])
    return walk.records.resting(step, attempt, Rest(calls.CALL), scope, {"id": child_id})


async def go_on(walk: Walker, step: PlanStep, row: Row[Any], scope: Scope) -> Flow:
    """See whether what the step waits for has come."""
    if row.reason == APPROVAL:
        return await _answered(walk, step, row, scope)
    child = await walk.course.means.write(calls.children, (row.execution_id, step.key, scope.position))
    if child is None or child.status not in FINAL:
        _look_again(walk.course, row.execution_id)
        return Rest(calls.CALL)
    if child.status == COMPLETED:
        output = {"id": child.id, "status": child.status, "output": child.output}
        walk.records.rested(step, row, output, scope)
        return None
    said = "was stopped" if child.status == CANCELLED else f"failed: {child.error_message}"
    failure = StepFailed(f"The run it started {said}", error_class="logic", code="workflow.failed")
    return await _fail(walk, step, row, failure, scope)


async def _answered(walk: Walker, step: PlanStep, row: Row[Any], scope: Scope) -> Flow:
    given = await walk.course.means.write(approvals.answers, (row.execution_id, step.key, scope.position))
    if given is None or given.answer is None:
        if row.wake_at is None or row.wake_at > walk.course.means.now():
            _look_again(walk.course, row.execution_id, (step.key, scope.position))
            return Rest(APPROVAL, row.wake_at)
        if row.output["when_expired"] is None:
            failure = StepFailed("Nobody answered in time.", error_class="logic", code="approve.expired")
            return await _fail(walk, step, row, failure, scope)
        output = {"answer": row.output["when_expired"], "by": None, "note": "Nobody answered in time."}
    else:
        output = {"answer": given.answer, "by": given.answered_by, "note": given.note}
    walk.records.rested(step, row, output, scope)
    return _end_on(walk, step, output, row.output["ends_run"], scope)


def _look_again(course: Course, execution_id: str, question: tuple[str, str] | None = None) -> None:
    """Look once more when the run lies down: what comes while other items are at work wakes nobody."""
    def look(uow: UnitOfWork) -> None:
        if question is None:
            calls.wake_if_answered(uow, execution_id, course.means.now())
        else:
            approvals.wake_if_answered(uow, execution_id, *question, course.means.now())

    course.also.append(look)


def _end_on(
    walk: Walker, step: PlanStep, output: dict[str, Any], ends_run: Sequence[str], scope: Scope
) -> Flow:
    if output["answer"] not in ends_run:
        return None
    by = f" by {output['by']}" if output["by"] else ""
    note = f": {output['note']}" if output["note"] else "."
    walk.course.journal.log(walk.course.means.now(), "info", f"Answered “{output['answer']}”{by}{note}",
                            step_key=step.key, position=scope.position)
    return End()


async def _fail(walk: Walker, step: PlanStep, row: Row[Any], failure: StepFailed, scope: Scope) -> Flow:
    walk.records.failed_for_good(step, row, failure, scope)
    return await walk.after_failure(step, failure, scope)
