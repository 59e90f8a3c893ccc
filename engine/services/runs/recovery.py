"""What the leader does so that nothing is forgotten: wake, ring again, take over, tidy up."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, select, update

from engine.db import UnitOfWork
from engine.domain.events import QUEUED, Change
from engine.domain.runs.states import LONGEST_LEASE, PENDING, RUNNING, WAITING
from engine.domain.workflows.webhooks import WINDOW
from engine.models import IS_LIVE, Execution, Process, WebhookCall
from engine.models import Change as ChangeRow
from engine.services.runs import admission, overlaps

_MANY: Final = 1000
_MOST_RUNG: Final = 5000
_UNHEARD: Final = timedelta(seconds=2)
_FEED: Final = timedelta(minutes=15)
_SILENT: Final = timedelta(hours=1)


def wake(uow: UnitOfWork, at: datetime) -> int:
    """Queue the waiting runs whose time has come; return how many."""
    due = (
        select(Execution.id)
        .where(IS_LIVE, Execution.status == WAITING, Execution.wake_at <= at)
        .order_by(Execution.wake_at).limit(_MANY)
        .with_for_update(skip_locked=True)
    )
    rows = uow.execute(
        update(Execution)
        .where(Execution.id.in_(due.scalar_subquery()), Execution.status == WAITING)
        .values(status=PENDING, wake_at=None,
                reason=case((Execution.reason == overlaps.OVERLAP, overlaps.OVERLAP), else_=None))
        .returning(Execution.id, Execution.workflow_id, Execution.priority, Execution.trigger_id,
                   Execution.reason)
    ).all()
    for row in rows:
        uow.record(Change(QUEUED, at, row.workflow_id, row.id))
        if row.reason is None:
            uow.ring(row.id, row.workflow_id, row.priority)
    for trigger_id in {row.trigger_id for row in rows if row.reason == overlaps.OVERLAP}:
        overlaps.admit_next(uow, trigger_id, at)
    return len(rows)


def next_wake(uow: UnitOfWork) -> datetime | None:
    """Return when the earliest waiting run wants to go on."""
    earliest: datetime | None = uow.execute(
        select(func.min(Execution.wake_at)).where(IS_LIVE, Execution.status == WAITING)
    ).scalar_one()
    return earliest


def sweep(uow: UnitOfWork, at: datetime) -> None:
    """Ring for runs nobody heard of and runs whose worker has died; a ring too many does no harm."""
    _ring_unheard(uow, at)
    _shorten_leases(uow, at)
    _ring_abandoned(uow, at)
    admission.wake_braked(uow, at)
    admission.wake_all_limited(uow, at)
    overlaps.admit_stranded(uow, at)


def tidy(uow: UnitOfWork, at: datetime) -> None:
    """Forget what only mattered for a while."""
    # The last change stays: SQLite would give its number again, and open pages would miss what follows.
    last = select(func.max(ChangeRow.id)).scalar_subquery()
    uow.execute(delete(ChangeRow).where(ChangeRow.at < at - _FEED, ChangeRow.id < last))
    uow.execute(delete(Process).where(Process.seen_at < at - _SILENT))
    uow.execute(delete(WebhookCall).where(WebhookCall.at < at - 2 * WINDOW, WebhookCall.refusal.is_(None)))


def _ring_unheard(uow: UnitOfWork, at: datetime) -> None:
    """Ring for the oldest of each workflow before the second oldest of any."""
    place = func.row_number().over(
        partition_by=Execution.workflow_id, order_by=(Execution.queued_at, Execution.id)
    )
    unheard = select(Execution.id, Execution.workflow_id, Execution.priority, place.label("place")).where(
        IS_LIVE, Execution.status == PENDING, Execution.reason.is_(None), Execution.queued_at < at - _UNHEARD
    ).subquery()
    for row in uow.execute(select(unheard).order_by(unheard.c.place, unheard.c.id).limit(_MOST_RUNG)):
        uow.ring(row.id, row.workflow_id, row.priority)


def _shorten_leases(uow: UnitOfWork, at: datetime) -> None:
    """After the clock was set back a dead worker would keep its runs for as long; a live one renews."""
    uow.execute(
        update(Execution)
        .where(IS_LIVE, Execution.status == RUNNING, Execution.lease_expires_at > at + LONGEST_LEASE)
        .values(lease_expires_at=at + LONGEST_LEASE)
    )


def _ring_abandoned(uow: UnitOfWork, at: datetime) -> None:
    abandoned = select(Execution.id, Execution.workflow_id, Execution.priority).where(
        IS_LIVE, Execution.status == RUNNING, Execution.lease_expires_at < at
    )
    for row in uow.execute(abandoned.limit(_MANY)):
        uow.ring(row.id, row.workflow_id, row.priority)
