"""What the leader does so that nothing is forgotten: wake, ring again, take over, tidy up."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, select, update

from engine.db import UnitOfWork
from engine.domain.events import QUEUED, Change
from engine.domain.states import PENDING, RUNNING, WAITING
from engine.models import Change as ChangeRow
from engine.models import Execution, Process
from engine.services import admission, overlaps

_MANY: Final = 1000
_UNHEARD: Final = timedelta(seconds=2)
_FEED: Final = timedelta(minutes=15)
_SILENT: Final = timedelta(hours=1)


def wake(uow: UnitOfWork, at: datetime) -> int:
    """Queue the waiting runs whose time has come; return how many."""
    due = (
        select(Execution.id)
        .where(Execution.status == WAITING, Execution.wake_at <= at)
        .order_by(Execution.wake_at).limit(_MANY)
        .with_for_update(skip_locked=True)
    )
    rows = uow.execute(
        update(Execution)
        .where(Execution.id.in_(due.scalar_subquery()), Execution.status == WAITING)
        .values(status=PENDING, wake_at=None,
                reason=case((Execution.reason == overlaps.OVERLAP, overlaps.OVERLAP), else_=None))
        .returning(Execution.id, Execution.workflow_id, Execution.trigger_id, Execution.reason)
    ).all()
    for row in rows:
        uow.record(Change(QUEUED, at, row.workflow_id, row.id))
        if row.reason is None:
            uow.ring(row.id)
    for trigger_id in {row.trigger_id for row in rows if row.reason == overlaps.OVERLAP}:
        overlaps.admit_next(uow, trigger_id, at)
    return len(rows)


def next_wake(uow: UnitOfWork) -> datetime | None:
    """Return when the earliest waiting run wants to go on."""
    earliest: datetime | None = uow.execute(
        select(func.min(Execution.wake_at)).where(Execution.status == WAITING)
    ).scalar_one()
    return earliest


def sweep(uow: UnitOfWork, at: datetime) -> None:
    """Ring for runs nobody heard of and runs whose worker has died; a ring too many does no harm."""
    _ring_unheard(uow, at)
    _ring_abandoned(uow, at)
    for workflow_id in admission.held_workflows(uow):
        admission.wake_limited(uow, workflow_id, at)
    overlaps.admit_stranded(uow, at)


def tidy(uow: UnitOfWork, at: datetime) -> None:
    """Forget what only mattered for a while."""
    # The last change stays: SQLite would give its number again, and open pages would miss what follows.
    last = select(func.max(ChangeRow.id)).scalar_subquery()
    uow.execute(delete(ChangeRow).where(ChangeRow.at < at - _FEED, ChangeRow.id < last))
    uow.execute(delete(Process).where(Process.seen_at < at - _SILENT))


def _ring_unheard(uow: UnitOfWork, at: datetime) -> None:
    unheard = select(Execution.id).where(
        Execution.status == PENDING, Execution.reason.is_(None), Execution.queued_at < at - _UNHEARD
    )
    for execution_id in uow.execute(unheard.order_by(Execution.id).limit(_MANY)).scalars():
        uow.ring(execution_id)


def _ring_abandoned(uow: UnitOfWork, at: datetime) -> None:
    abandoned = select(Execution.id).where(
        Execution.status == RUNNING, Execution.lease_expires_at < at
    )
    for execution_id in uow.execute(abandoned.limit(_MANY)).scalars():
        uow.ring(execution_id)
