"""Registering schedules, pausing them and reading what became of their times, as JSON."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field
from sqlalchemy import Row

from blueprints.schemas.base import Body, Id, Query, Rows, Shape
from blueprints.schemas.triggers import ScheduleObject
from engine.domain.runs.states import CANCELLED, COMPLETED, FAILED, PENDING, RUNNING, WAITING
from engine.queries.times.occurrences import Statistics

Status = Literal["success", "failed", "skipped", "pending", "running"]
_STATUSES: Final[dict[str, Status]] = {
    PENDING: "pending", RUNNING: "running", WAITING: "running",
    COMPLETED: "success", FAILED: "failed", CANCELLED: "skipped",
}


class Registration(Body):
    """A schedule of one start: `cronExpression`, or `schedule` for all other kinds."""

    trigger_id: Id
    workflow_id: Id
    cron_expression: str | None = Field(None, examples=["0 9 * * 1-5"])
    schedule: ScheduleObject | None = None
    timezone: str | None = Field(None, examples=["America/Los_Angeles"])
    enabled: bool = True


class Registered(Body):
    trigger_id: Id


class Pause(Registered):
    action: Literal["pause", "resume"]


class HistoryQuery(Query):
    trigger_id: Id
    limit: Rows = 50


class Done(Shape):
    success: bool = True
    message: str


class Occurrence(Shape):
    """One due time. `runId` is the run it became; without one, `reason` says why."""

    execution_id: str
    trigger_id: str
    workflow_id: str
    scheduled_at: datetime
    executed_at: datetime | None
    status: Status
    reason: str | None
    error: str | None
    run_id: str | None
    duration_ms: int | None
    metadata: dict[str, Any]


class Stats(Shape):
    """Figures over all that is on record; rate and average are 0 while nothing has ended."""

    total: int
    successful: int
    failed: int
    skipped: int
    success_rate: float
    avg_duration_ms: int


class History(Shape):
    executions: list[Occurrence]
    stats: Stats


def occurrence(row: Row[Any]) -> Occurrence:
    status = _STATUSES.get(row.status or "", "skipped")
    reason = row.reason or (row.status if row.status in (CANCELLED, WAITING) else None)
    return Occurrence(
        execution_id=row.id, trigger_id=row.trigger_id, workflow_id=row.workflow_id,
        scheduled_at=row.scheduled_at, executed_at=row.started_at, status=status, reason=reason,
        error=row.error_message, run_id=row.execution_id, duration_ms=row.duration_ms,
        metadata=row.reason_data or {},
    )


def stats(figures: Statistics) -> Stats:
    return Stats(
        total=figures.total, successful=figures.successful, failed=figures.failed, skipped=figures.skipped,
        success_rate=figures.success_rate or 0, avg_duration_ms=figures.average_duration_ms or 0,
    )
