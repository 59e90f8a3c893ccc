"""Taking runs over: whoever claims one holds its lease, and every later write carries its epoch."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, func, or_, select, update

from engine.db import UnitOfWork
from engine.domain.runs.resumption import GO_ON
from engine.domain.runs.states import COMPLETED, PENDING, RUNNING, WAITING
from engine.models import Base, Execution, ExecutionStep, Workflow
from engine.models.base import UtcDateTime
from engine.prepared import Prepared, among
from engine.queries.runs.braked import is_braked
from engine.queries.runs.places import is_limited
from engine.queries.server import brake
from engine.services.runs import admission, overlaps

_EXECUTIONS: Final = Base.metadata.tables[Execution.__tablename__]
_STEPS: Final = Base.metadata.tables[ExecutionStep.__tablename__]
_COLUMNS: Final = tuple(
    _EXECUTIONS.c[name] for name in (
        "id", "workflow_id", "version_id", "trigger_id", "occurrence_id", "started_by", "status", "reason",
        "input", "started_at", "queued_at", "deadline_at", "lease_expires_at", "crash_count", "retry_count",
        "lease_epoch", "dry_run", "parent_id", "depth", "priority", "concurrency_key", "retry_kind",
    )
)


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody rang for a run; `owner` would hold it for `lease`."""

    execution_id: str
    owner: str
    lease: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to one run, until someone else holds a higher epoch."""

    execution_id: str
    workflow_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A run taken over.

    `row` is its row before the claim with its workflow's settings; `steps` are the rows of earlier
    claims by key and position; `samples` are what a dry run takes for answers from outside.
    """

    lease: Lease
    row: Row[Any]
    steps: Mapping[tuple[str, str], Row[Any]]
    samples: Mapping[str, Any]
    started_at: datetime
    deadline_at: datetime
    crash_count: int


def claim(uow: UnitOfWork, requests: Sequence[Request]) -> list[Claim | None]:
    """Take these runs over; None for one that another has, that has ended or that is held back."""
    by_id = {request.execution_id: request for request in requests}
    at = max(request.at for request in requests)
    rows = uow.find(_CLAIMABLE, runs=list(by_id), at=at)
    held = _held(uow, rows, at)
    begun = [row.id for row in rows if row.lease_epoch or row.retry_kind in GO_ON]
    steps = _steps(uow, [execution_id for execution_id in begun if execution_id not in held])
    claims = {row.id: _claimed(uow, row, steps.get(row.id, {}), at) for row in rows if row.id not in held}
    _take(uow, claims.values(), by_id)
    return [claims.pop(request.execution_id, None) for request in requests]


def _is_free(at: Any) -> Any:
    return or_(
        and_(Execution.status == PENDING, func.coalesce(Execution.reason, "") != overlaps.OVERLAP),
        and_(Execution.status == RUNNING, Execution.lease_expires_at < at),
    )


# Built once, like all statements every run comes by. What somebody else holds is passed over.
_CLAIMABLE: Final = Prepared(
    select(
        *_COLUMNS, Workflow.name.label("workflow_name"), Workflow.owner_id, Workflow.timeout_seconds,
        Workflow.retry_max_attempts, Workflow.retry_backoff_ms, is_limited().label("is_limited"),
        is_braked().label("is_braked"),
    )
    .join(Workflow, Workflow.id == Execution.workflow_id)
    .where(among(Execution.id, "runs"), _is_free(bindparam("at", type_=UtcDateTime)))
    .with_for_update(of=_EXECUTIONS, skip_locked=True)
)


def _held(uow: UnitOfWork, rows: Sequence[Row[Any]], at: datetime) -> set[str]:
    """Return which of these runs, not begun yet, the brake or a limit holds back; they say so."""
    starting = [row for row in rows if (row.is_limited or row.is_braked) and not row.dry_run
                and row.status == PENDING and row.started_at is None]
    if not starting:
        return set()
    braked = admission.braked(uow, starting, at)
    limited = [row for row in starting if row.is_limited and row.id not in braked]
    held = admission.held(uow, limited, at) if limited else set()
    for reason, ids in ((brake.HELD, braked), (admission.LIMIT, held)):
        if ids:
            uow.execute(
                update(Execution).where(Execution.id.in_(ids), Execution.status == PENDING)
                .values(reason=reason)
            )
    return braked | held


def _claimed(
    uow: UnitOfWork, row: Row[Any], steps: Mapping[tuple[str, str], Row[Any]], at: datetime
) -> Claim:
    return Claim(
        lease=Lease(row.id, row.workflow_id, row.lease_epoch + 1),
        row=row, steps=steps,
        samples=_samples(uow, row.workflow_id) if row.dry_run else {},
        started_at=row.started_at or at,
        deadline_at=_deadline(row, steps, at),
        crash_count=row.crash_count + (row.status == RUNNING),
    )


def _deadline(row: Row[Any], steps: Mapping[tuple[str, str], Row[Any]], at: datetime) -> datetime:
    """When the run's time is up. What it lay about while nobody looked after it does not count."""
    if row.deadline_at is None:
        return at + timedelta(seconds=row.timeout_seconds)
    wanted = [step.wake_at for step in steps.values() if step.status == WAITING and step.wake_at is not None]
    since = row.lease_expires_at if row.status == RUNNING else min(wanted, default=None)
    deadline: datetime = row.deadline_at
    return deadline + max(at - since, timedelta()) if since else deadline


def _take(uow: UnitOfWork, claims: Iterable[Claim], requests: Mapping[str, Request]) -> None:
    uow.change(_EXECUTIONS, [{
        "id": claim.row.id, "status": RUNNING, "reason": None, "wake_at": None,
        "started_at": claim.started_at, "deadline_at": claim.deadline_at, "crash_count": claim.crash_count,
        "lease_owner": requests[claim.row.id].owner, "lease_epoch": claim.lease.epoch,
        "lease_expires_at": requests[claim.row.id].at + requests[claim.row.id].lease,
    } for claim in claims])


def _steps(uow: UnitOfWork, execution_ids: Sequence[str]) -> dict[str, dict[tuple[str, str], Row[Any]]]:
    found: dict[str, dict[tuple[str, str], Row[Any]]] = defaultdict(dict)
    if execution_ids:
        statement = select(*_STEPS.columns).where(_STEPS.c.execution_id.in_(execution_ids))
        for row in uow.execute(statement):
            found[row.execution_id][row.step_key, row.position] = row
    return found


def _samples(uow: UnitOfWork, workflow_id: str) -> dict[str, Any]:
    """What the steps gave in the last run that went well."""
    last = (
        select(Execution.id)
        .where(Execution.workflow_id == workflow_id, Execution.status == COMPLETED, ~Execution.dry_run)
        .order_by(Execution.queued_at.desc(), Execution.id.desc()).limit(1)
    )
    rows = uow.execute(
        select(ExecutionStep.step_key, ExecutionStep.output)
        .where(ExecutionStep.execution_id.in_(last.scalar_subquery()), ExecutionStep.status == COMPLETED)
    )
    return {row.step_key: row.output for row in rows}
