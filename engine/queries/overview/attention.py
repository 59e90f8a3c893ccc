"""What needs a person: starts that stopped, runs that wait for somebody's word. And what is ignored."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select

from engine.domain.runs.states import ACTIVE, ARCHIVED, AUTO_PAUSED, BROKEN, COMPLETED, WAITING
from engine.models import IS_LIVE, Execution, IgnoredRun, ProducerSchedule, Workflow

MANY: Final = 10_000


def stopped_starts(connection: Connection, visible: ColumnElement[bool], limit: int = 20) -> list[Row[Any]]:
    """Return the starts that were parked with an error or paused after failures, latest first."""
    # Written out, not bound: only so SQLite sees that the index of what is stopped holds them all.
    stopped: Any = bindparam("stopped", (BROKEN, AUTO_PAUSED), expanding=True, literal_execute=True)
    return list(connection.execute(
        _starts().where(visible, ProducerSchedule.state.in_(stopped))
        .order_by(ProducerSchedule.updated_at.desc()).limit(limit)
    ))


def due_soon(
    connection: Connection, visible: ColumnElement[bool], until: datetime, limit: int = 8
) -> list[Row[Any]]:
    """Return the starts that are due until then, the next one first."""
    due = (ProducerSchedule.state == ACTIVE, ProducerSchedule.next_run_at <= until)
    return list(connection.execute(
        _starts().where(visible, *due).order_by(ProducerSchedule.next_run_at).limit(limit)
    ))


def unsure(connection: Connection, visible: ColumnElement[bool], limit: int = 20) -> list[Row[Any]]:
    """Return the runs with a step of which nobody knows whether it happened, the longest wait first."""
    return list(connection.execute(
        select(Execution.id, Execution.reason, Execution.queued_at, Workflow.name.label("workflow_name"),
               Workflow.slug.label("workflow_slug"))
        .join(Workflow, Workflow.id == Execution.workflow_id)
        .where(visible, IS_LIVE, Execution.status == WAITING, Execution.reason == "unknown_outcome")
        .order_by(Execution.queued_at).limit(limit)
    ))


def ignored(connection: Connection, execution_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Return which of these runs somebody ignores, with who (`by`) and since when (`at`)."""
    columns = (IgnoredRun.execution_id, IgnoredRun.by, IgnoredRun.at)
    if not execution_ids:
        return {}
    rows: Sequence[Row[Any]] = list(connection.execute(
        select(*columns).where(IgnoredRun.execution_id.in_(execution_ids))
    ))
    return {row.execution_id: row for row in rows}


def went_well(connection: Connection, visible: ColumnElement[bool], since: datetime) -> int:
    """Return how many runs succeeded since then; counting ends at `MANY`."""
    good = (
        select(Execution.id).join(Workflow, Workflow.id == Execution.workflow_id)
        .where(visible, Execution.queued_at >= since, Execution.status == COMPLETED, ~Execution.dry_run)
        .limit(MANY).subquery()
    )
    return int(connection.execute(select(func.count()).select_from(good)).scalar_one())


def _starts() -> Any:
    return (
        select(
            ProducerSchedule.producer_name, ProducerSchedule.state, ProducerSchedule.note,
            ProducerSchedule.next_run_at, ProducerSchedule.updated_at,
            Workflow.name.label("workflow_name"), Workflow.slug.label("workflow_slug"),
        )
        .join(Workflow, Workflow.id == ProducerSchedule.workflow_id)
        .where(Workflow.state != ARCHIVED)
    )
