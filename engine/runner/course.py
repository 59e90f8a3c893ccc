"""One claimed run, from where it stands to its next rest: its end, a wait, or the loss of its lease."""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from engine.domain import events
from engine.domain.durations import milliseconds_between
from engine.domain.errors import LeaseLost, StepFailed
from engine.domain.events import Change
from engine.domain.retries import RetryPolicy
from engine.domain.states import COMPLETED, FAILED, PENDING, SKIPPED, WAITING
from engine.faults import point
from engine.runner.attempt import Attempt
from engine.runner.journal import Journal, failure_columns
from engine.runner.means import Means
from engine.services import step_runs
from engine.services.step_runs import Claim
from engine.steps._base import EndRun, Finished, Outcome, Pause

log = logging.getLogger(__name__)

MOST_CRASHES: Final = 3
_RESTING: Final = {"lease_owner": None, "lease_expires_at": None}


class Course:
    """Goes through the steps of a run; what is recorded as finished is never done again."""

    def __init__(self, means: Means, claim: Claim) -> None:
        self._means = means
        self._claim = claim
        self._journal = Journal(claim.lease.execution_id)
        self._steps: list[dict[str, Any]] = claim.definition["steps"]
        self._outputs: dict[str, Any] = {}

    def run(self) -> None:
        """Go on until the run rests; walk away when another worker has taken it over."""
        try:
            self._go()
        except LeaseLost:
            log.info("run %s was taken over", self._claim.lease.execution_id)

    def _go(self) -> None:
        if self._claim.crash_count >= MOST_CRASHES:
            return self._fail(StepFailed(
                f"This run stopped its worker {MOST_CRASHES} times, so it is not tried again.",
                error_class="crashed", code="app.crash",
            ))
        for index, step in enumerate(self._steps):
            if self._means.now() >= self._claim.deadline_at:
                return self._fail(StepFailed(
                    "The run took longer than its time limit, so it was stopped.",
                    error_class="timeout", code="limit.time",
                ))
            if self._means.stopping.is_set():
                return self._hand_back()
            if not self._take(step, self._steps[index + 1:]):
                return None
        return self._end(COMPLETED)

    def _take(self, step: dict[str, Any], rest: list[dict[str, Any]]) -> bool:
        """Do one step; False when the run rests after it."""
        previous = self._claim.steps.get(step["key"])
        if previous is not None and previous.status in (COMPLETED, FAILED, SKIPPED):
            self._outputs[step["key"]] = previous.output
            return True
        if previous is not None and previous.status == WAITING and previous.reason == "timer":
            self._complete(step, previous.attempt, previous.started_at, previous.output, "none",
                           previous.input)
            return True
        attempt = Attempt(self._means, self._claim, self._journal, step, previous, self._outputs)
        try:
            outcome = attempt.run(self._checkpoint)
        except StepFailed as failure:
            return self._failed(step, attempt, failure)
        return self._settle(step, attempt, outcome, rest)

    def _settle(
        self, step: dict[str, Any], attempt: Attempt, outcome: Outcome, rest: list[dict[str, Any]]
    ) -> bool:
        match outcome:
            case Finished(output):
                self._complete(step, attempt.number, attempt.started_at, output, attempt.effect,
                               attempt.input)
                point("after_step")
                return True
            case Pause():
                self._pause(step, attempt, outcome)
            case EndRun():
                self._complete(step, attempt.number, attempt.started_at, outcome.output, attempt.effect,
                               attempt.input)
                self._end_early(step, outcome, rest)
        return False

    def _complete(self, step: dict[str, Any], number: int, started_at: datetime | None, output: Any,
                  effect: str, given: Any = None) -> None:
        at = self._means.now()
        self._outputs[step["key"]] = output
        self._journal.step(
            step["key"], step["type"], COMPLETED, started_at=started_at, attempt=number, input=given,
            output=output, effect="none" if effect == "none" else "done", completed_at=at,
            duration_ms=milliseconds_between(started_at, at),
        )
        self._journal.log(at, "info", "Step finished", step_key=step["key"], event=events.STEP_COMPLETED)

    def _pause(self, step: dict[str, Any], attempt: Attempt, pause: Pause) -> None:
        at = self._means.now()
        self._journal.step(
            step["key"], step["type"], WAITING, started_at=attempt.started_at, attempt=attempt.number,
            reason=pause.reason, input=attempt.input, output=pause.output, wake_at=pause.wake_at,
        )
        # Resting on purpose does not use up the run's time limit.
        deadline = self._claim.deadline_at + max(pause.wake_at - at, timedelta())
        self._checkpoint(
            {**_RESTING, "status": WAITING, "reason": pause.reason, "wake_at": pause.wake_at,
             "deadline_at": deadline}, events.WAITING,
        )

    def _failed(self, step: dict[str, Any], attempt: Attempt, failure: StepFailed) -> bool:
        at = self._means.now()
        delay = None
        if not attempt.may_have_happened(failure):
            delay = self._policy(step).next_delay(attempt.number, failure)
        wake_at = None if delay is None else at + delay
        self._journal.step(
            step["key"], step["type"], FAILED if wake_at is None else WAITING,
            reason=None if wake_at is None else "retry", started_at=attempt.started_at,
            attempt=attempt.number, input=attempt.input, effect=attempt.effect_after_failure,
            completed_at=None if wake_at else at, wake_at=wake_at,
            duration_ms=milliseconds_between(attempt.started_at, at), **failure_columns(failure),
        )
        self._journal.log(at, "warn" if wake_at else "error", failure.message, step_key=step["key"],
                          event=events.STEP_FAILED, details={"code": failure.error_code,
                                                             "attempt": attempt.number})
        if wake_at is not None:
            retries = self._claim.execution.retry_count + 1
            self._checkpoint({**_RESTING, "status": WAITING, "reason": "retry", "wake_at": wake_at,
                              "retry_count": retries}, events.WAITING)
            return False
        if step.get("on_failure") == "continue":
            self._outputs[step["key"]] = None
            return True
        self._fail(failure)
        return False

    def _policy(self, step: dict[str, Any]) -> RetryPolicy:
        workflow = self._claim.execution
        general = {"max_attempts": workflow.retry_max_attempts, "backoff_ms": workflow.retry_backoff_ms}
        own = {key: value for key, value in (step.get("retry") or {}).items() if value is not None}
        return RetryPolicy.of(**{**general, **own})

    def _end_early(self, step: dict[str, Any], outcome: EndRun, rest: list[dict[str, Any]]) -> None:
        for skipped in rest:
            self._journal.step(skipped["key"], skipped["type"], SKIPPED, started_at=None, attempt=1,
                               reason="ended_early")
        self._journal.log(self._means.now(), "info", outcome.message, step_key=step["key"])
        if outcome.status == FAILED:
            return self._fail(StepFailed(outcome.message, error_class="logic", code="run.stopped"))
        return self._end(COMPLETED, reason="ended_early")

    def _fail(self, failure: StepFailed) -> None:
        self._end(FAILED, **failure_columns(failure))

    def _end(self, status: str, **columns: Any) -> None:
        at = self._means.now()
        text = "Run finished" if status == COMPLETED else "Run failed"
        self._journal.log(at, "info" if status == COMPLETED else "error", text, event=status)
        self._checkpoint({
            **_RESTING, "status": status, "output": self._last_output() if status == COMPLETED else None,
            "completed_at": at, "duration_ms": milliseconds_between(self._claim.started_at, at), **columns,
        }, status)

    def _last_output(self) -> Any:
        done = [step["key"] for step in self._steps if step["key"] in self._outputs]
        return self._outputs[done[-1]] if done else None

    def _hand_back(self) -> None:
        self._checkpoint({**_RESTING, "status": PENDING}, events.QUEUED)

    def _checkpoint(self, move: dict[str, Any], event: str) -> None:
        """Write everything since the last checkpoint; raises `LeaseLost`."""
        at, lease = self._means.now(), self._claim.lease
        steps, logs = self._journal.take()
        change = Change(event, at, lease.workflow_id, lease.execution_id)
        if not self._means.write(lambda uow: step_runs.checkpoint(
            uow, lease, steps=steps, logs=logs, move=move, change=change,
        )):
            raise LeaseLost
