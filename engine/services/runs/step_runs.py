"""What a worker does to the leases it holds, and the lines of a run's log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update

from engine.db import UnitOfWork
from engine.domain.events import QUEUED, Change
from engine.domain.runs.states import CANCELLED, LIVE, PENDING, RUNNING
from engine.models import IS_LIVE, Base, Execution, ExecutionLog, ExecutionStep

_LOGS: Final = Base.metadata.tables[ExecutionLog.__tablename__]


def renew(uow: UnitOfWork, owner: str, execution_ids: Sequence[str], until: datetime) -> None:
    """Extend the leases of the runs a worker is busy with, but for those it is just writing to.

    To wait for those, holding others, could be to wait in a circle.
    """
    mine = (Execution.id.in_(execution_ids), Execution.lease_owner == owner, Execution.status == RUNNING)
    free = select(Execution.id).where(*mine).with_for_update(skip_locked=True)
    uow.execute(update(Execution).where(Execution.id.in_(free)).values(lease_expires_at=until))


def hand_back(uow: UnitOfWork, owner: str, at: datetime) -> int:
    """Give up every run a stopping worker still holds, for others to take over at once."""
    rows = uow.execute(
        update(Execution)
        .where(IS_LIVE, Execution.lease_owner == owner, Execution.status == RUNNING)
        .values(status=PENDING, lease_owner=None, lease_expires_at=None,
                lease_epoch=Execution.lease_epoch + 1)
        .returning(Execution.id, Execution.workflow_id, Execution.priority)
    ).all()
    for row in rows:
        log(uow, row.id, at, "The worker was stopped; another one goes on", level="warn")
        uow.record(Change(QUEUED, at, row.workflow_id, row.id))
        uow.ring(row.id, row.workflow_id, row.priority)
    return len(rows)


def close(
    uow: UnitOfWork, execution_id: str, at: datetime, which: Sequence[ColumnElement[bool]] = ()
) -> None:
    """End the steps that a run which has ended leaves behind, waiting or under way; or `which` of them."""
    uow.execute(
        update(ExecutionStep)
        .where(ExecutionStep.execution_id == execution_id, ExecutionStep.status.in_(LIVE), *which)
        .values(status=CANCELLED, completed_at=at, wake_at=None)
    )


def log(
    uow: UnitOfWork, execution_id: str, at: datetime, message: str, *, level: str = "info",
    event: str | None = None, step: tuple[str | None, str] = (None, ""),
) -> None:
    """Add one line to a run's log; `step` is the key and the position of the step it is about."""
    add_logs(uow, [log_row(execution_id, at, message, level=level, event=event, step=step)])


def log_row(
    execution_id: str, at: datetime, message: str, *, level: str = "info", event: str | None = None,
    step: tuple[str | None, str] = (None, ""),
) -> dict[str, Any]:
    return {
        "execution_id": execution_id, "step_key": step[0], "position": step[1], "level": level,
        "event": event, "message": message, "metadata": None, "at": at,
    }


def skipped_by(name: str) -> str:
    """Return the reason of a step that somebody left out."""
    return f"skipped_by:{name}"[:40]


def add_logs(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Write lines of any runs in one go; the keys are the columns of the table."""
    uow.add(_LOGS, rows)
