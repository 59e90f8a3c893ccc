"""The hot path: claiming a run and checkpointing its steps. Every write carries the lease epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, update

from engine.db import UnitOfWork
from engine.domain.durations import milliseconds_between
from engine.domain.events import QUEUED, STARTED, Change
from engine.domain.states import PENDING, RUNNING, is_final
from engine.domain.statistics import Ended
from engine.models import Execution, ExecutionLog, ExecutionStep, Workflow, WorkflowVersion
from engine.queries.places import is_limited
from engine.services import admission, failures, overlaps, statistics
from engine.services.upsert import upsert

_KEYS = ("execution_id", "step_key", "position")
_CHANGING = tuple(c.key for c in ExecutionStep.__table__.columns if c.key not in _KEYS)


@dataclass(frozen=True)
class Lease:
    """The right to write to one run, until someone else holds a higher epoch.

    `planned` tells a run of a due time from one that somebody asked for; `waited_ms`, how long it stood
    in line, is None for a dry run, which is not counted.
    """

    execution_id: str
    workflow_id: str
    epoch: int
    limited: bool
    trigger_id: str | None
    planned: bool
    waited_ms: int | None


@dataclass(frozen=True)
class Claim:
    """A run taken over. `execution` is its row before the claim with its workflow's settings;
    `steps` are the rows of earlier claims."""

    lease: Lease
    execution: Row[Any]
    definition: dict[str, Any]
    steps: Mapping[str, Row[Any]]
    started_at: datetime
    deadline_at: datetime
    crash_count: int


def claim(
    uow: UnitOfWork, execution_id: str, owner: str, lease: timedelta, at: datetime
) -> Claim | None:
    """Take the run over, or return None when another has it, it has ended or a limit holds it."""
    row = _claimable(uow, execution_id, at)
    if row is None:
        return None
    if row.is_limited and row.status == PENDING and row.started_at is None and _held(uow, row, at):
        return None
    claimed = _claimed(uow, row, at)
    taken = uow.moved(
        update(Execution)
        .where(Execution.id == execution_id, Execution.lease_epoch == row.lease_epoch, _is_free(at))
        .values(
            status=RUNNING, reason=None, wake_at=None, started_at=claimed.started_at,
            deadline_at=claimed.deadline_at, crash_count=claimed.crash_count, lease_owner=owner,
            lease_epoch=claimed.lease.epoch, lease_expires_at=at + lease,
        )
    )
    if taken and row.started_at is None:
        log(uow, execution_id, at, "Run started", event=STARTED)
        uow.record(Change(STARTED, at, row.workflow_id, execution_id))
    return claimed if taken else None


def _claimed(uow: UnitOfWork, row: Row[Any], at: datetime) -> Claim:
    """What taking over `row` would give; the first time there are no steps to read."""
    started_at = row.started_at or at
    waited_ms = None if row.dry_run else milliseconds_between(row.queued_at, started_at)
    return Claim(
        lease=Lease(row.id, row.workflow_id, row.lease_epoch + 1, row.is_limited, row.trigger_id,
                    row.occurrence_id is not None, waited_ms),
        execution=row,
        definition=row.definition,
        steps=_steps(uow, row.id) if row.lease_epoch else {},
        started_at=started_at,
        deadline_at=row.deadline_at or at + timedelta(seconds=row.timeout_seconds),
        crash_count=row.crash_count + (row.status == RUNNING),
    )


def checkpoint(
    uow: UnitOfWork, lease: Lease, *, steps: Sequence[dict[str, Any]] = (),
    logs: Sequence[dict[str, Any]] = (), move: Mapping[str, Any], change: Change,
) -> bool:
    """Write steps and log lines with the run's own columns `move`; False when the lease is lost."""
    mine = uow.moved(
        update(Execution)
        .where(
            Execution.id == lease.execution_id, Execution.lease_epoch == lease.epoch,
            Execution.status == RUNNING,
        )
        .values(**move)
    )
    if not mine:
        return False
    if steps:
        uow.execute(upsert(uow, ExecutionStep, _KEYS, _CHANGING), list(steps))
    if logs:
        uow.execute(insert(ExecutionLog), list(logs))
    uow.record(change)
    if move.get("status") == PENDING:
        uow.ring(lease.execution_id, lease.workflow_id)
    if is_final(move.get("status", "")):
        _ended(uow, lease, move["status"], change.at, move.get("duration_ms"))
    return True


def renew(uow: UnitOfWork, owner: str, execution_ids: Sequence[str], until: datetime) -> None:
    """Extend the leases of the runs a worker is busy with."""
    mine = (Execution.id.in_(execution_ids), Execution.lease_owner == owner, Execution.status == RUNNING)
    uow.execute(update(Execution).where(*mine).values(lease_expires_at=until))


def hand_back(uow: UnitOfWork, owner: str, at: datetime) -> int:
    """Give up every run a stopping worker still holds, for others to take over at once."""
    rows = uow.execute(
        update(Execution)
        .where(Execution.lease_owner == owner, Execution.status == RUNNING)
        .values(status=PENDING, lease_owner=None, lease_expires_at=None,
                lease_epoch=Execution.lease_epoch + 1)
        .returning(Execution.id, Execution.workflow_id)
    ).all()
    for row in rows:
        log(uow, row.id, at, "The worker was stopped; another one goes on", level="warn")
        uow.record(Change(QUEUED, at, row.workflow_id, row.id))
        uow.ring(row.id, row.workflow_id)
    return len(rows)


def log(
    uow: UnitOfWork, execution_id: str, at: datetime, message: str, *, level: str = "info",
    event: str | None = None,
) -> None:
    """Add one line to a run's log."""
    uow.execute(insert(ExecutionLog).values(
        execution_id=execution_id, level=level, event=event, message=message, at=at
    ))


def _ended(uow: UnitOfWork, lease: Lease, status: str, at: datetime, took_ms: int | None) -> None:
    if lease.limited:
        uow.admit(lease.workflow_id)
    if lease.trigger_id is not None:
        overlaps.admit_next(uow, lease.trigger_id, at)
        if lease.planned:
            failures.count(uow, lease.trigger_id, status, at)
    if lease.waited_ms is not None:
        statistics.count(uow, [Ended(lease.workflow_id, status, at, took_ms, lease.waited_ms)])


def _claimable(uow: UnitOfWork, execution_id: str, at: datetime) -> Row[Any] | None:
    return uow.execute(
        select(
            *Execution.__table__.columns, Workflow.name.label("workflow_name"),
            Workflow.timeout_seconds, Workflow.retry_max_attempts, Workflow.retry_backoff_ms,
            WorkflowVersion.definition, is_limited().label("is_limited"),
        )
        .join(Workflow, Workflow.id == Execution.workflow_id)
        .join(WorkflowVersion, WorkflowVersion.id == Execution.version_id)
        .where(Execution.id == execution_id, _is_free(at))
    ).one_or_none()


def _is_free(at: datetime) -> Any:
    return or_(
        and_(Execution.status == PENDING, func.coalesce(Execution.reason, "") != overlaps.OVERLAP),
        and_(Execution.status == RUNNING, Execution.lease_expires_at < at),
    )


def _held(uow: UnitOfWork, row: Row[Any], at: datetime) -> bool:
    if not admission.held(uow, [row], at):
        return False
    pending = update(Execution).where(Execution.id == row.id, Execution.status == PENDING)
    uow.execute(pending.values(reason=admission.LIMIT))
    return True


def _steps(uow: UnitOfWork, execution_id: str) -> dict[str, Row[Any]]:
    mine = select(*ExecutionStep.__table__.columns).where(ExecutionStep.execution_id == execution_id)
    return {row.step_key: row for row in uow.execute(mine)}
