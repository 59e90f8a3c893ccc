"""The common claim on Postgres: a run that nobody has begun and nothing holds back, in one round trip."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, bindparam, false, literal_column, null, or_, select, update

from engine.db import UnitOfWork
from engine.domain.runs.resumption import GO_ON
from engine.domain.runs.states import PENDING, RUNNING
from engine.models import Execution, Workflow
from engine.models.base import UtcDateTime
from engine.prepared import Prepared, among
from engine.queries.runs.braked import is_braked
from engine.queries.runs.places import is_limited
from engine.services.runs import claims
from engine.services.runs.claims import Claim, Lease, Request

Way = Callable[[UnitOfWork, Sequence[Request]], list[Claim | None]]
_BEFORE: Final = (
    Execution.id, Execution.workflow_id, Execution.version_id, Execution.trigger_id, Execution.occurrence_id,
    Execution.started_by, Execution.input, Execution.queued_at, Execution.retry_count, Execution.dry_run,
    Execution.parent_id, Execution.depth, Execution.crash_count, null().label("started_at"),
    false().label("is_limited"),
)
_IS_SIMPLE: Final = (
    Execution.status == PENDING, Execution.reason.is_(None), Execution.started_at.is_(None),
    Execution.lease_epoch == literal_column("0"), Execution.dry_run.is_(False),
    or_(Execution.retry_kind.is_(None), and_(*(Execution.retry_kind != kind for kind in GO_ON))),
    ~is_limited(), ~is_braked(),
)


def ways(*, is_sqlite: bool) -> tuple[Way, ...]:
    """Return how to ask for a run, one way after the other; SQLite has no round trips to save."""
    return (claims.claim,) if is_sqlite else (claim, claims.claim)


def claim(uow: UnitOfWork, requests: Sequence[Request]) -> list[Claim | None]:
    """Take over what is as simple as that, for one worker; what is None is for `claims.claim` to judge."""
    at, first = max(request.at for request in requests), requests[0]
    rows = uow.find(
        _TAKING, last=True, runs=[request.execution_id for request in requests], at=at,
        owner=first.owner, until=at + first.lease,
    )
    taken = {row.id: _taken(row, at) for row in rows}
    return [taken.pop(request.execution_id, None) for request in requests]


def _taken(row: Any, at: datetime) -> Claim:
    return Claim(
        Lease(row.id, row.workflow_id, epoch=1), row, steps={}, samples={}, started_at=at,
        deadline_at=at + timedelta(seconds=row.timeout_seconds), crash_count=row.crash_count,
    )


def _taking() -> Prepared:
    """What somebody else holds is passed over."""
    settings = (Workflow.name.label("workflow_name"), Workflow.owner_id, Workflow.timeout_seconds,
                Workflow.retry_max_attempts, Workflow.retry_backoff_ms)
    free = (
        select(Execution.id, *settings).join(Workflow, Workflow.id == Execution.workflow_id)
        .where(among(Execution.id, "runs"), *_IS_SIMPLE)
        .with_for_update(of=Execution.__table__, skip_locked=True).cte("free")
    )
    at, until = (bindparam(name, type_=UtcDateTime) for name in ("at", "until"))
    time_limit = free.c.timeout_seconds * literal_column("interval '1 second'")
    taking = update(Execution).where(Execution.id == free.c.id).values(
        status=RUNNING, started_at=at, deadline_at=at + time_limit, lease_epoch=1,
        lease_owner=bindparam("owner"), lease_expires_at=until,
    )
    return Prepared(taking.returning(*_BEFORE, *(free.c[column.key] for column in settings)))


_TAKING: Final = _taking()
