"""How each turn of a step is written into the journal of its run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine.domain import events
from engine.domain.data import stand_ins
from engine.domain.errors import StepFailed
from engine.domain.runs import payloads
from engine.domain.runs.retries import RetryPolicy
from engine.domain.runs.states import COMPLETED, FAILED, RUNNING, WAITING
from engine.domain.steps import expectations
from engine.domain.time.durations import milliseconds_between
from engine.runner import rehearsals
from engine.runner.attempt import Attempt
from engine.runner.course import Course
from engine.runner.plans import PlanStep
from engine.runner.scopes import Rest, Scope

UNKNOWN = "unknown_outcome"
_ANSWERED = ("status", "url", "location", "content_type")


@dataclass(frozen=True, slots=True)
class _Open:
    """A step whose inner steps are under way."""

    started_at: datetime | None
    attempt: int
    input: Any


class Records:
    """Notes what became of steps; a `Rest` it returns is what the run is to wait for."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._open: dict[tuple[str, str], _Open] = {}

    def given_by(self, step: PlanStep, row: Row[Any]) -> Any:
        """What a finished step gives to later ones; of a dry run, what it took for the answer."""
        return rehearsals.given(step, row) if self._course.dry_run else row.output

    def completed(self, step: PlanStep, attempt: Attempt, output: Any, scope: Scope) -> None:
        effect = "none" if attempt.effect == "none" else "done"
        self._finish(step, attempt.started_at, attempt.number, output, scope, attempt.would,
                     input=attempt.input, effect=effect)

    def rested(self, step: PlanStep, row: Row[Any], output: Any, scope: Scope) -> None:
        """A step that lay down is finished now."""
        self._finish(step, row.started_at, row.attempt, output, scope,
                     input=row.input, effect=row.effect)

    def opened(self, step: PlanStep, attempt: Attempt, block: str, output: Any, scope: Scope) -> None:
        """A step that holds steps begins with one of its blocks."""
        self._open[step.key, scope.position] = _Open(attempt.started_at, attempt.number, attempt.input)
        self._course.journal.step(
            step.key, scope.position, step.type, RUNNING, started_at=attempt.started_at,
            attempt=attempt.number, reason=block, input=attempt.input, output=output,
        )

    def reopened(self, step: PlanStep, row: Row[Any], scope: Scope) -> None:
        """A step that holds steps goes on where another worker, or another time, left it."""
        self._open[step.key, scope.position] = _Open(row.started_at, row.attempt, row.input)

    def closed(self, step: PlanStep, output: Any, scope: Scope) -> None:
        """A step that holds steps is finished with them."""
        begun = self._open.pop((step.key, scope.position))
        self._finish(step, begun.started_at, begun.attempt, output, scope, input=begun.input)

    def broken_off(self, step: PlanStep, kept: Any, failure: StepFailed, scope: Scope) -> None:
        """A step that holds steps failed with one of them; what it kept lets a later run go on there."""
        begun = self._open.pop((step.key, scope.position))
        self._failure(step, begun.started_at, begun.attempt, failure, scope, input=begun.input, output=kept)

    def resting(self, step: PlanStep, attempt: Attempt, rest: Rest, scope: Scope, output: Any = None) -> Rest:
        self._course.journal.step(
            step.key, scope.position, step.type, WAITING, started_at=attempt.started_at,
            attempt=attempt.number, reason=rest.reason, input=attempt.input, output=output,
            wake_at=rest.wake_at, effect="none" if attempt.effect == "none" else "done",
        )
        return rest

    def unknown(
        self, step: PlanStep, attempt: Attempt, scope: Scope, failure: StepFailed | None = None
    ) -> Rest:
        """Nobody can tell whether it happened, so a person is asked."""
        at = self._course.means.now()
        said = self._course.journal.failure(failure) if failure else {}
        self._course.journal.step(
            step.key, scope.position, step.type, WAITING, started_at=attempt.started_at,
            attempt=attempt.number, reason=UNKNOWN, input=attempt.input, effect="unknown", **said,
        )
        self._log(step, scope, at, "warn",
                  "It is not known whether this happened outside. Somebody has to look and say so.")
        return Rest(UNKNOWN)

    def failed(self, step: PlanStep, attempt: Attempt, failure: StepFailed, scope: Scope) -> Rest | None:
        """Note a failure; a `Rest` when the step is to be tried again before the run's time is up."""
        at = self._course.means.now()
        wake_at = self._next_try(step, attempt, failure, at)
        self._failure(step, attempt.started_at, attempt.number, failure, scope, wake_at=wake_at,
                      input=attempt.input, output=_came_back(failure), effect=attempt.effect_after(failure))
        if wake_at is None:
            return None
        self._course.retries += 1
        return Rest("retry", wake_at)

    def _next_try(
        self, step: PlanStep, attempt: Attempt, failure: StepFailed, at: datetime
    ) -> datetime | None:
        delay = None if self._course.dry_run else self._policy(step).next_delay(attempt.number, failure)
        return at + delay if delay is not None and at + delay < self._course.claim.deadline_at else None

    def failed_for_good(self, step: PlanStep, row: Row[Any], failure: StepFailed, scope: Scope) -> None:
        """Note the failure of a step that lay down or holds steps."""
        self._failure(step, row.started_at, row.attempt, failure, scope, input=row.input, effect=row.effect,
                      output=row.output)

    def _failure(
        self, step: PlanStep, started_at: datetime | None, number: int, failure: StepFailed, scope: Scope,
        *, wake_at: datetime | None = None, **columns: Any,
    ) -> None:
        at = self._course.means.now()
        self._course.journal.step(
            step.key, scope.position, step.type, WAITING if wake_at else FAILED, started_at=started_at,
            attempt=number, reason="retry" if wake_at else None, completed_at=None if wake_at else at,
            wake_at=wake_at, duration_ms=milliseconds_between(started_at, at),
            **self._course.journal.failure(failure), **columns,
        )
        self._log(step, scope, at, "warn" if wake_at else "error", failure.message,
                  event=events.STEP_FAILED, details={"code": failure.error_code, "attempt": number})

    def _finish(
        self, step: PlanStep, started_at: datetime | None, number: int, gives: Any, scope: Scope,
        would: Mapping[str, Any] | None = None, **columns: Any,
    ) -> None:
        at = self._course.means.now()
        kept, note = payloads.capped(gives, self._course.means.max_payload)
        scope.outputs[step.key] = kept
        took = milliseconds_between(started_at, at)
        odd = expectations.unmet(step.written, step.name, gives, took, self._course.means.timezone)
        if odd and self._course.dry_run and stand_ins.are_in(gives):
            odd = []
        if note:
            self._log(step, scope, at, "warn", f"The result was too large. {note}")
        self._course.journal.step(
            step.key, scope.position, step.type, COMPLETED, started_at=started_at, attempt=number,
            completed_at=at, duration_ms=took, reason="unusual" if odd else None,
            output=kept if would is None else {**would, "sample": kept}, **columns,
        )
        for sentence in odd:
            self._course.unusual = True
            self._log(step, scope, at, "warn", sentence)
        self._log(step, scope, at, "info", "Step finished", event=events.STEP_COMPLETED)

    def _log(
        self, step: PlanStep, scope: Scope, at: datetime, level: str, message: str, **more: Any
    ) -> None:
        self._course.journal.log(
            at, level, message, step_key=step.key, position=scope.position, **more
        )

    def _policy(self, step: PlanStep) -> RetryPolicy:
        workflow = self._course.claim.row
        general = {"max_attempts": workflow.retry_max_attempts, "backoff_ms": workflow.retry_backoff_ms}
        own = {key: value for key, value in (step.written.get("retry") or {}).items() if value is not None}
        return RetryPolicy.of(**{**general, **own})


def _came_back(failure: StepFailed) -> dict[str, Any] | None:
    """What the other side answered to a call that failed, as far as it is known."""
    facts = failure.facts
    if "answer" not in facts:
        return None
    return {name: facts[name] for name in _ANSWERED if facts.get(name)} | {"answer": facts["answer"]}
