"""One try of one step."""

import asyncio
import logging
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from engine.domain import events
from engine.domain.errors import StepFailed
from engine.domain.runs.states import RUNNING
from engine.domain.time.durations import limit_in_words
from engine.faults import point
from engine.runner.course import Course
from engine.runner.plans import PlanStep, shown
from engine.runner.scopes import Scope
from engine.steps._base import Outcome, StepContext, StepSettings, StepType

log = logging.getLogger(__name__)

STEP_SECONDS: Final = 300
OVERTIME: Final = timedelta(seconds=5)


class OutcomeUnknown(Exception):
    """A step that may happen once only was cut off, and nobody can tell whether it happened."""


class Attempt:
    """Prepares a step, notes that it is under way, and runs it.

    `previous` is the step's row from an earlier try, or None. In a dry run `would` is what it showed, and
    of what kind the answer is that it took.
    """

    def __init__(self, course: Course, step: PlanStep, previous: Row[Any] | None, scope: Scope) -> None:
        self._course, self._step, self._previous, self._scope = course, step, previous, scope
        self.number = previous.attempt + 1 if previous is not None else 1
        self.started_at = course.means.now()
        self.effect = "none"
        self.input: Any = None
        self.would: dict[str, Any] | None = None

    def effect_after(self, failure: StepFailed) -> str:
        """A failed call may have arrived all the same; one that was answered surely has."""
        if self.effect == "none":
            return "none"
        return "done" if failure.is_answered else "unknown"

    def may_have_happened(self, failure: StepFailed) -> bool:
        """Whether a call that may happen once only went out and was never answered."""
        return self.effect == "once" and bool(failure.facts.get("sent")) and not failure.is_answered

    async def run(self) -> Outcome:
        """Raises `StepFailed` (anything else a step raises becomes one) and `OutcomeUnknown`."""
        if not self._was_cut_off():
            self._note_start()
        kind = self._kind()
        settings = self._settings(kind)
        self.effect = kind.effect_of(settings)
        if self._was_cut_off():
            self._take_over()
        if not kind.reaches_out:
            return self._guarded(kind, settings)
        await self._announce()
        point("before_effect")
        outcome = await self._within_its_time(kind, settings)
        point("after_effect")
        return outcome

    def _note_start(self) -> None:
        self._course.journal.log(self.started_at, "info", "Step started", step_key=self._step.key,
                                 position=self._scope.position, event=events.STEP_STARTED)

    async def _within_its_time(self, kind: StepType[Any], settings: StepSettings) -> Outcome:
        """Run what blocks. A step ends itself at its deadline; one that does not is left to itself."""
        limit = (self._deadline() - self.started_at).total_seconds()
        seconds = limit + OVERTIME.total_seconds()
        try:
            return await asyncio.wait_for(
                self._course.means.in_thread(lambda: self._guarded(kind, settings)), max(seconds, 0)
            )
        except TimeoutError:
            raise StepFailed(
                f"The step took longer than its time limit of {limit_in_words(limit)} and did not stop.",
                error_class="timeout", code="limit.time", detail={"sent": True},
            ) from None

    def _kind(self) -> StepType[Any]:
        if self._step.kind is not None:
            return self._step.kind
        raise StepFailed(
            f"This server does not know the step type “{self._step.type}”.",
            error_class="logic", code="step.unknown",
        )

    def _settings(self, kind: StepType[Any]) -> StepSettings:
        if self._step.fixed is not None:
            self.input = self._course.secrets.hide(self._step.fixed_input)
            return self._step.fixed
        settings: StepSettings = kind.prepare(self._step.written.get("with") or {}, self._values())
        self.input = shown(kind, settings, self._course.secrets)
        return settings

    def _was_cut_off(self) -> bool:
        return self._previous is not None and self._previous.status == RUNNING

    def _take_over(self) -> None:
        """Begin anew what another worker was at, unless it may happen once only: then this is no new try."""
        if self.effect == "once" and self._previous is not None:
            self.number, self.started_at = self._previous.attempt, self._previous.started_at
            raise OutcomeUnknown
        self._note_start()

    async def _announce(self) -> None:
        """Let everybody see that the step is under way before it reaches outside."""
        self._course.journal.step(
            self._step.key, self._scope.position, self._step.type, RUNNING, started_at=self.started_at,
            attempt=self.number, input=self.input,
            effect="none" if self.effect == "none" else "intended",
        )
        await self._course.announce()

    def _guarded(self, kind: StepType[Any], settings: StepSettings) -> Outcome:
        try:
            return kind.run(self._context(), settings)
        except StepFailed:
            raise
        except Exception as error:
            reference = secrets.token_hex(3).upper()
            log.exception("step %s failed, reference %s", self._step.key, reference)
            raise StepFailed(
                f"Something went wrong on our side. Reference {reference}.",
                error_class="internal", code="app.bug",
            ) from error

    def _values(self) -> dict[str, Any]:
        row = self._course.claim.row
        return {
            "steps": self._scope.outputs,
            "inputs": row.input,
            "run": {"id": row.id, "workflow": row.workflow_name,
                    "started_at": self._course.claim.started_at.isoformat(),
                    "started_by": row.started_by, "timezone": self._course.means.timezone},
            **self._scope.extra,
        }

    def _context(self) -> StepContext:
        row, key, means = self._course.claim.row, self._step.key, self._course.means
        return StepContext(
            execution_id=row.id, workflow_id=row.workflow_id, workflow_name=row.workflow_name,
            step_key=key, position=self._scope.position, attempt=self.number,
            idempotency_key=f"{row.id}:{key}:{self._scope.position}", at=self.started_at,
            deadline=self._deadline(), timezone=means.timezone, log=self._log, network=means.network,
            may_run_scripts=means.may_run_scripts, max_payload=means.max_payload,
            is_wanted=lambda: means.is_held(row.id, self._course.claim.lease.epoch),
        )

    def _deadline(self) -> datetime:
        seconds = self._step.written.get("timeout_seconds") or STEP_SECONDS
        return min(self.started_at + timedelta(seconds=seconds), self._course.claim.deadline_at)

    def _log(self, level: str, message: str, **metadata: Any) -> None:
        self._course.journal.log(self._course.means.now(), level, message, step_key=self._step.key,
                                 position=self._scope.position, details=metadata)
