"""One claimed run, from where it stands to its next rest: its end, a wait, or the loss of its lease."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from engine.db import UnitOfWork
from engine.domain import events
from engine.domain.data.masking import Secrets
from engine.domain.errors import LeaseLost, StepFailed
from engine.domain.events import Change
from engine.domain.runs.states import COMPLETED, FAILED, PENDING, WAITING
from engine.domain.time.durations import limit_in_words, milliseconds_between
from engine.pipelines import Overtaken
from engine.runner.journal import Journal
from engine.runner.means import Means
from engine.runner.scopes import HAND_BACK, End, Flow, Rest
from engine.services.runs import checkpoints, step_runs
from engine.services.runs.checkpoints import Checkpoint
from engine.services.runs.claims import Claim
from engine.services.runs.endings import Ended

MOST_CRASHES: Final = 3
MOST_UNWRITTEN: Final = 500
_RESTING: Final = {"lease_owner": None, "lease_expires_at": None}


class Course:
    """What all steps of a run share: its claim, its journal, and the way to write them down."""

    def __init__(self, means: Means, claim: Claim) -> None:
        self.means, self.claim = means, claim
        self.secrets = Secrets(claim.row.input)
        self.journal = Journal(claim.lease.execution_id, self.secrets)
        self.retries = claim.row.retry_count
        self.unusual = False
        if claim.row.started_at is None:
            self.journal.log(claim.started_at, "info", "Run started", event=events.STARTED)
        self.also: list[Callable[[UnitOfWork], None]] = []

    @property
    def dry_run(self) -> bool:
        return bool(self.claim.row.dry_run)

    def interruption(self) -> Flow:
        """What stops the run between two steps, if anything does."""
        if self.means.now() >= self.claim.deadline_at:
            limit = limit_in_words(self.claim.row.timeout_seconds)
            return End(StepFailed(
                f"The run took longer than its time limit of {limit}, so it was stopped.",
                error_class="timeout", code="limit.time",
            ))
        return Rest(HAND_BACK) if self.means.stopping.is_set() else None

    def poison(self) -> Flow:
        """Whether this run has taken its workers down too often to be tried again."""
        if self.claim.crash_count < MOST_CRASHES:
            return None
        return End(StepFailed(
            f"This run stopped its worker {MOST_CRASHES} times, so it is not tried again.",
            error_class="crashed", code="app.crash",
        ))

    async def keep(self) -> None:
        """Write down what has come together when that is much; raises `LeaseLost`."""
        if len(self.journal) > MOST_UNWRITTEN:
            await self.announce()

    async def announce(self) -> None:
        """Write down where the run is while it goes on; raises `LeaseLost`."""
        until = self.means.now() + self.means.lease
        await self._checkpoint({"lease_expires_at": until}, events.STEP_STARTED)

    async def settle(self, flow: Flow, last_output: Any) -> None:
        """Write down what the run came to."""
        match flow:
            case Rest(reason="hand_back"):
                await self._checkpoint({**_RESTING, "status": PENDING}, events.QUEUED)
            case Rest():
                await self._rest(flow)
            case End(failure=StepFailed() as failure):
                await self._end(FAILED, **self.journal.failure(failure), error_step=failure.step_key)
            case End():
                await self._end(COMPLETED, output=last_output, reason="ended_early")
            case None:
                await self._end(COMPLETED, output=last_output)

    async def _rest(self, rest: Rest) -> None:
        await self._checkpoint({
            **_RESTING, "status": WAITING, "reason": rest.reason, "wake_at": rest.wake_at,
            "retry_count": self.retries, "deadline_at": self._deadline_after(rest),
        }, events.WAITING)

    def _deadline_after(self, rest: Rest) -> datetime | None:
        """Resting on purpose does not use up the run's time limit; after a person, it begins anew."""
        if rest.reason == "retry":
            return self.claim.deadline_at
        if rest.reason == "timer" and rest.wake_at is not None:
            return self.claim.deadline_at + max(rest.wake_at - self.means.now(), timedelta())
        return None

    async def _end(self, status: str, **columns: Any) -> None:
        at, row = self.means.now(), self.claim.row
        text = "Run finished" if status == COMPLETED else "Run failed"
        self.journal.log(at, "info" if status == COMPLETED else "error", text, event=status)
        took = milliseconds_between(self.claim.started_at, at)
        move = {
            **_RESTING, "status": status, "completed_at": at, "retry_count": self.retries,
            "duration_ms": took, **columns,
        }
        ended = Ended(
            row.id, row.workflow_id, status, at, trigger_id=row.trigger_id,
            planned=row.occurrence_id is not None, parent_id=row.parent_id,
            limited=row.is_limited, counts=not row.dry_run, duration_ms=took,
            waited_ms=milliseconds_between(row.queued_at, self.claim.started_at),
            failed_step=columns.get("error_step"),
        )
        if self.claim.steps or self.journal.has_waited:  # in a loop some may still wait for their turn
            self.also.append(partial(step_runs.close, execution_id=row.id, at=at))
        await self._checkpoint(move, status, ended)

    async def _checkpoint(self, move: dict[str, Any], event: str, ended: Ended | None = None) -> None:
        """Write everything since the last checkpoint; raises `LeaseLost`."""
        at, lease = self.means.now(), self.claim.lease
        steps, logs = self.journal.take()
        also: list[Callable[[UnitOfWork], None]] = []
        if "status" in move:  # what it looks for when it lies down would be in vain while it goes on
            also, self.also = self.also, []
        if self.unusual:
            move["unusual"] = True
        if self.claim.crash_count and any(step["status"] == COMPLETED for step in steps):
            move["crash_count"] = 0  # it gets on: what stopped its workers was not the run itself
        change = Change(event, at, lease.workflow_id, lease.execution_id)
        checkpoint = Checkpoint(lease, move, change, steps, logs, ended, also)
        try:
            await self.means.write(checkpoints.write, checkpoint)
        except Overtaken:
            raise LeaseLost from None
