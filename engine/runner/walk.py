"""Going through the steps of a run; what is recorded as finished is never done again."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine.domain.errors import LeaseLost, StepFailed
from engine.domain.runs.states import COMPLETED, FAILED, RUNNING, SKIPPED, WAITING
from engine.faults import point
from engine.runner import loops, waits
from engine.runner.attempt import Attempt, OutcomeUnknown
from engine.runner.course import Course
from engine.runner.plans import PlanStep
from engine.runner.records import Records
from engine.runner.rehearsals import Rehearsal
from engine.runner.scopes import End, Flow, Rest, Scope
from engine.steps._base import Ask, Branch, Call, Each, EndRun, Finished, Outcome, Pause

log = logging.getLogger(__name__)

ENDED_EARLY = "ended_early"


class Walk:
    """Takes block after block. Blocks hold steps, steps hold blocks."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.records = Records(course)
        self._try = Rehearsal if course.dry_run else Attempt

    async def whole(self, steps: Sequence[PlanStep]) -> None:
        """Go from the first step to the next rest or the end, and write that down.

        Walk away when another worker has taken the run over.
        """
        scope = Scope()
        try:
            flow = self.course.poison() or await self.block(steps, scope)
            done = [step.key for step in steps if step.key in scope.outputs]
            await self.course.settle(flow, scope.outputs[done[-1]] if done else None)
        except LeaseLost:
            log.info("run %s was taken over", self.course.claim.row.id)

    async def block(self, steps: Sequence[PlanStep], scope: Scope) -> Flow:
        """Do these steps in order, until one of them rests or ends the run."""
        for index, step in enumerate(steps):
            flow = self.course.interruption() or await self._step(step, scope)
            await self.course.keep()
            if flow is not None:
                if isinstance(flow, End) and flow.failure is None:
                    self._skip(steps[index + 1:], scope)
                return flow
        return None

    async def _step(self, step: PlanStep, scope: Scope) -> Flow:
        row = self.course.claim.steps.get((step.key, scope.position))
        if row is None:
            return await self._attempt(step, None, scope)
        if row.status in (COMPLETED, SKIPPED):
            scope.outputs[step.key] = self.records.given_by(step, row)
            return None
        if row.status == FAILED:
            failure = StepFailed(row.error_message, error_class=row.error_class, code=row.error_code)
            return await self.after_failure(step, failure, scope)
        if row.status == RUNNING and row.reason is not None:
            self.records.reopened(step, row, scope)
            return await self._inside(step, row.reason, self.records.given_by(step, row), scope)
        if row.status == WAITING:
            return await self._waiting(step, row, scope)
        return await self._attempt(step, row, scope)

    async def _attempt(self, step: PlanStep, row: Row[Any] | None, scope: Scope) -> Flow:
        attempt = self._try(self.course, step, row, scope)
        try:
            outcome = await attempt.run()
        except OutcomeUnknown:
            return self.records.unknown(step, attempt, scope)
        except StepFailed as failure:
            return await self._failed(step, attempt, failure, scope)
        return await self._settle(step, attempt, outcome, scope)

    async def _settle(self, step: PlanStep, attempt: Attempt, outcome: Outcome, scope: Scope) -> Flow:
        match outcome:
            case Finished(output):
                self.records.completed(step, attempt, output, scope)
                point("after_step")
                return None
            case Pause(wake_at, output):
                return self._pause(step, attempt, wake_at, output, scope)
            case EndRun():
                return await self._end(step, attempt, outcome, scope)
            case Branch() | Each():
                block, kept = _opening(outcome)
                self.records.opened(step, attempt, block, kept, scope)
                return await self._inside(step, block, kept, scope)
            case Ask() | Call():
                return await waits.begin(self, step, attempt, outcome, scope)

    def _pause(self, step: PlanStep, attempt: Attempt, wake_at: datetime, output: Any, scope: Scope) -> Flow:
        """Lie down until `wake_at`; a dry run does not wait."""
        if self.course.dry_run:
            self.records.completed(step, attempt, output, scope)
            return None
        return self.records.resting(step, attempt, Rest("timer", wake_at), scope, output)

    async def _end(self, step: PlanStep, attempt: Attempt, outcome: EndRun, scope: Scope) -> Flow:
        """A step that ends the run as failed has failed itself, so a later walk knows it too."""
        if outcome.status == FAILED:
            failure = StepFailed(outcome.message, error_class="logic", code="run.stopped")
            return await self._failed(step, attempt, failure, scope)
        self.records.completed(step, attempt, outcome.output, scope)
        self.course.journal.log(self.course.means.now(), "info", outcome.message, step_key=step.key,
                                position=scope.position)
        return End(of_item=outcome.of_item)

    async def _inside(self, step: PlanStep, block: str, output: Any, scope: Scope) -> Flow:
        """Do the steps that a step holds; then it is finished itself, or has failed with one of them."""
        if block == "steps":
            return await loops.each(self, step, output, scope)
        scope.outputs[step.key] = output
        flow = await self.block(step.blocks.get(block, ()), scope)
        if isinstance(flow, End) and flow.failure is not None:
            self.records.broken_off(step, output, flow.failure, scope)
            return await self.after_failure(step, flow.failure, scope)
        if not isinstance(flow, Rest):
            self.records.closed(step, output, scope)
        return flow

    async def _waiting(self, step: PlanStep, row: Row[Any], scope: Scope) -> Flow:
        if row.reason in waits.REASONS:
            return await waits.go_on(self, step, row, scope)
        if row.wake_at is None or row.wake_at > self.course.means.now():
            return Rest(row.reason, row.wake_at)
        if row.reason == "timer":
            self.records.rested(step, row, row.output, scope)
            return None
        return await self._attempt(step, row, scope)

    async def _failed(self, step: PlanStep, attempt: Attempt, failure: StepFailed, scope: Scope) -> Flow:
        if attempt.may_have_happened(failure):
            return self.records.unknown(step, attempt, scope, failure)
        rest = self.records.failed(step, attempt, failure, scope)
        return rest or await self.after_failure(step, failure, scope)

    async def after_failure(self, step: PlanStep, failure: StepFailed, scope: Scope) -> Flow:
        """Do what is to be done once a step has failed for good; then stop, or go on."""
        failure.step_key = failure.step_key or step.key
        scope.outputs[step.key] = {"error": {"code": failure.error_code, "message": failure.message}}
        flow = await self.block(step.blocks.get("if_fails", ()), scope)
        if isinstance(flow, End) and flow.of_item:
            flow = None  # it ends what is done about the failure, not the failure
        if flow is not None:
            return flow
        return None if step.written.get("on_failure") == "continue" else End(failure)

    def _skip(self, steps: Sequence[PlanStep], scope: Scope) -> None:
        for step in steps:
            self.course.journal.step(step.key, scope.position, step.type, SKIPPED, started_at=None,
                                     attempt=1, reason=ENDED_EARLY)


def _opening(outcome: Branch | Each) -> tuple[str, Any]:
    """Say which block comes next, and what has to be known to go on with it later."""
    if isinstance(outcome, Branch):
        return outcome.block, outcome.output
    return "steps", {"items": list(outcome.items), "at_once": outcome.at_once, "go_on": outcome.go_on}
