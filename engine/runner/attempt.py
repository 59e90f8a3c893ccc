"""One try of one step."""

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from engine.domain import events
from engine.domain.errors import StepFailed
from engine.domain.masking import masked
from engine.domain.states import RUNNING
from engine.faults import point
from engine.runner.journal import Journal
from engine.runner.means import Means
from engine.services.step_runs import Claim
from engine.steps._base import Outcome, StepContext, StepSettings, StepType

log = logging.getLogger(__name__)

STEP_SECONDS: Final = 300
Checkpoint = Callable[[dict[str, Any], str], None]


class Attempt:
    """Prepares a step, notes that it is under way, and runs it.

    `previous` is the step's row from an earlier try, or None.
    """

    def __init__(
        self, means: Means, claim: Claim, journal: Journal, step: dict[str, Any],
        previous: Row[Any] | None, outputs: Mapping[str, Any],
    ) -> None:
        self._means, self._claim, self._journal = means, claim, journal
        self._step, self._previous, self._outputs = step, previous, outputs
        self.number = previous.attempt + 1 if previous is not None else 1
        self.started_at = means.now()
        self.effect = "none"
        self.input: Any = None

    @property
    def effect_after_failure(self) -> str:
        """A failed call may have arrived all the same."""
        return "none" if self.effect == "none" else "unknown"

    def may_have_happened(self, failure: StepFailed) -> bool:
        """Whether a call that may happen once only went out and was never answered."""
        detail = failure.detail if isinstance(failure.detail, dict) else {}
        return self.effect == "once" and bool(detail.get("sent")) and "status" not in detail

    def run(self, checkpoint: Checkpoint) -> Outcome:
        """Raises `StepFailed`; anything else a step raises becomes one."""
        self._journal.log(self.started_at, "info", "Step started", step_key=self._step["key"],
                          event=events.STEP_STARTED)
        kind = self._kind()
        settings = kind.prepare(self._step.get("with") or {}, self._scope())
        self.input = masked(settings.model_dump(by_alias=True, mode="json"))
        self.effect = kind.effect_of(settings)
        self._refuse_a_second_go()
        if kind.effect != "none":
            self._announce(checkpoint)
        point("before_effect")
        outcome = self._guarded(kind, settings)
        point("after_effect")
        return outcome

    def _kind(self) -> StepType[Any]:
        try:
            return self._means.registry[self._step["type"]]
        except KeyError:
            raise StepFailed(
                f"This server does not know the step type “{self._step['type']}”.",
                error_class="logic", code="step.unknown",
            ) from None

    def _refuse_a_second_go(self) -> None:
        """A step that may happen once only is not repeated when its worker died in the middle of it."""
        interrupted = self._previous is not None and self._previous.status == RUNNING
        if interrupted and self.effect == "once":
            raise StepFailed(
                "The app stopped while this step was under way, and it may not be repeated. "
                "Check whether it happened, then run again.",
                error_class="crashed", code="app.restart",
            )

    def _announce(self, checkpoint: Checkpoint) -> None:
        """Let everybody see that the step is under way before it reaches outside."""
        self._journal.step(
            self._step["key"], self._step["type"], RUNNING, started_at=self.started_at,
            attempt=self.number, input=self.input,
            effect="none" if self.effect == "none" else "intended",
        )
        checkpoint({"lease_expires_at": self.started_at + self._means.lease}, events.STEP_STARTED)

    def _guarded(self, kind: StepType[Any], settings: StepSettings) -> Outcome:
        try:
            return kind.run(self._context(), settings)
        except StepFailed:
            raise
        except Exception as error:
            reference = secrets.token_hex(3).upper()
            log.exception("step %s failed, reference %s", self._step["key"], reference)
            raise StepFailed(
                f"Something went wrong on our side. Reference {reference}.",
                error_class="internal", code="app.bug",
            ) from error

    def _scope(self) -> dict[str, Any]:
        execution = self._claim.execution
        return {
            "steps": self._outputs,
            "inputs": execution.input,
            "run": {"id": execution.id, "workflow": execution.workflow_name,
                    "started_at": self._claim.started_at.isoformat(),
                    "started_by": execution.started_by, "timezone": self._means.timezone},
        }

    def _context(self) -> StepContext:
        execution, key = self._claim.execution, self._step["key"]
        return StepContext(
            execution_id=execution.id, workflow_id=execution.workflow_id,
            workflow_name=execution.workflow_name, step_key=key, position="", attempt=self.number,
            idempotency_key=f"{execution.id}:{key}:", at=self.started_at, deadline=self._deadline(),
            timezone=self._means.timezone, log=self._log, network=self._means.network,
            may_run_scripts=self._means.may_run_scripts,
            is_wanted=lambda: self._means.is_held(execution.id, self._claim.lease.epoch),
        )

    def _deadline(self) -> datetime:
        seconds = self._step.get("timeout_seconds") or STEP_SECONDS
        return min(self.started_at + timedelta(seconds=seconds), self._claim.deadline_at)

    def _log(self, level: str, message: str, **metadata: Any) -> None:
        self._journal.log(self._means.now(), level, message, step_key=self._step["key"],
                          details=metadata)
