"""What became of due times: history and figures of one producer, and times that had no run."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, or_, select

from engine.domain.errors import NotFound
from engine.domain.runs.states import CANCELLED, COMPLETED, FAILED, MISSED, SKIPPED
from engine.models import Execution, Occurrence, Trigger, Workflow
from engine.queries.keyset import older
from engine.queries.runs.executions import EVERYTHING, Filter

# How the run of a due time went, also when its own row was removed to save room.
RUN_STATUS: Final = func.coalesce(Execution.status, Occurrence.run_status)
RUN_STARTED_AT: Final = func.coalesce(Execution.started_at, Occurrence.run_started_at)
RUN_MS: Final = func.coalesce(Execution.duration_ms, Occurrence.run_duration_ms)


@dataclass(frozen=True)
class Statistics:
    """Seed 002's figures. `success_rate` is a percentage of the times that are settled; None: none is."""

    total: int
    successful: int
    failed: int
    skipped: int
    success_rate: float | None
    average_duration_ms: int | None


def history(connection: Connection, trigger_id: str, *, limit: int = 50) -> list[Row[Any]]:
    """Return the due times of one producer with their runs, newest first."""
    return list(connection.execute(
        select(
            Occurrence.id, Occurrence.trigger_id, Occurrence.workflow_id, Occurrence.scheduled_at,
            Occurrence.outcome, Occurrence.reason, Occurrence.reason_data, Occurrence.execution_id,
            RUN_STATUS.label("status"), RUN_STARTED_AT.label("started_at"), RUN_MS.label("duration_ms"),
            Execution.error_message,
        )
        .outerjoin(Execution, Execution.id == Occurrence.execution_id)
        .where(Occurrence.trigger_id == trigger_id)
        .order_by(Occurrence.scheduled_at.desc()).limit(limit)
    ))


def producer(connection: Connection, visible: ColumnElement[bool], trigger_id: str) -> Any:
    """Return a start with its past, also one that was taken away; raises `NotFound`."""
    row: Any = connection.execute(
        select(Trigger.id, Trigger.name, Trigger.workflow_id, Trigger.removed_at)
        .join(Workflow, Workflow.id == Trigger.workflow_id).where(visible, Trigger.id == trigger_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such start.")
    return row


def statistics(connection: Connection, trigger_id: str) -> Statistics:
    """Return the figures over everything that is on record for one producer."""
    row = connection.execute(
        select(
            func.count().label("total"),
            _count(RUN_STATUS == COMPLETED).label("successful"),
            _count(RUN_STATUS == FAILED).label("failed"),
            _count(or_(
                Occurrence.outcome.in_((SKIPPED, MISSED)), RUN_STATUS == CANCELLED
            )).label("skipped"),
            func.avg(case((RUN_STATUS.in_((COMPLETED, FAILED)), RUN_MS))).label("average"),
        )
        .select_from(Occurrence)
        .outerjoin(Execution, Execution.id == Occurrence.execution_id)
        .where(Occurrence.trigger_id == trigger_id)
    ).one()
    settled = row.successful + row.failed + row.skipped
    return Statistics(
        row.total, row.successful, row.failed, row.skipped,
        round(100 * row.successful / settled, 1) if settled else None,
        None if row.average is None else round(row.average),
    )


def without_run(
    connection: Connection, visible: ColumnElement[bool], narrowed: Filter = EVERYTHING, *,
    before: tuple[datetime, str] | None = None, limit: int = 50,
) -> list[Row[Any]]:
    """Return due times that were skipped or missed, or whose run is not kept any more, newest first."""
    statement = _rows_without_run().where(visible)
    if narrowed.workflow_id is not None:
        statement = statement.where(Occurrence.workflow_id == narrowed.workflow_id)
    if narrowed.status is not None:
        statement = statement.where(Occurrence.outcome == narrowed.status)
    if narrowed.search:
        statement = statement.where(Workflow.name.icontains(narrowed.search, autoescape=True))
    if before is not None:
        statement = statement.where(older(Occurrence.scheduled_at, Occurrence.id, before))
    newest_first = statement.order_by(Occurrence.scheduled_at.desc(), Occurrence.id.desc())
    return list(connection.execute(newest_first.limit(limit)))


def recorded_since(
    connection: Connection, visible: ColumnElement[bool], workflow_ids: Collection[str], at: datetime,
    *, limit: int = 50,
) -> list[Row[Any]]:
    """Return the latest due times without a run that were put on record at `at` or later, newest first."""
    return list(connection.execute(
        _rows_without_run()
        .where(visible, Occurrence.workflow_id.in_(workflow_ids), Occurrence.created_at >= at)
        .order_by(Occurrence.scheduled_at.desc(), Occurrence.id.desc()).limit(limit)
    ))


def _rows_without_run() -> Select[Any]:
    return (
        select(
            Occurrence.id, Occurrence.workflow_id, Occurrence.trigger_id, Occurrence.scheduled_at,
            Occurrence.outcome, Occurrence.reason, Occurrence.reason_data, Occurrence.run_status,
            Occurrence.run_duration_ms, Workflow.name.label("workflow_name"),
            Workflow.slug.label("workflow_slug"), Trigger.name.label("trigger_name"),
        )
        .join(Workflow, Workflow.id == Occurrence.workflow_id)
        .join(Trigger, Trigger.id == Occurrence.trigger_id)
        .where(Occurrence.execution_id.is_(None))
    )


def _count(condition: ColumnElement[bool]) -> Any:
    return func.count(case((condition, 1)))
