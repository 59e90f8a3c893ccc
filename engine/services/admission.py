"""Whether a workflow's limits leave room for one more run; counted from live rows, so no slot can leak."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from engine.db import UnitOfWork
from engine.domain.states import PENDING, RUNNING, WAITING
from engine.models import Execution, Workflow

LIMIT = "limit"
_MINUTE = timedelta(minutes=1)
_BATCH = 100


def has_room(uow: UnitOfWork, workflow_id: str, at: datetime) -> bool:
    """Lock the workflow's limits and count; True where it has none."""
    limits = uow.execute(
        select(Workflow.max_concurrent, Workflow.rate_per_minute)
        .where(Workflow.id == workflow_id).with_for_update(key_share=True)
    ).one()
    return _room(uow, workflow_id, limits.max_concurrent, limits.rate_per_minute, at) > 0


def wake_limited(uow: UnitOfWork, workflow_id: str, at: datetime) -> int:
    """Ring for as many runs held back by a limit as there is room for now; return how many."""
    limits = uow.execute(
        select(Workflow.max_concurrent, Workflow.rate_per_minute).where(Workflow.id == workflow_id)
    ).one_or_none()
    if limits is None:
        return 0
    room = _room(uow, workflow_id, limits.max_concurrent, limits.rate_per_minute, at)
    held = uow.execute(
        select(Execution.id)
        .where(Execution.workflow_id == workflow_id, Execution.status == PENDING, Execution.reason == LIMIT)
        .order_by(Execution.queued_at, Execution.id).limit(max(0, min(room, _BATCH)))
    ).scalars().all()
    for execution_id in held:
        uow.ring(execution_id)
    return len(held)


def held_workflows(uow: UnitOfWork) -> list[str]:
    """Return the workflows that have runs held back by a limit."""
    return list(uow.execute(
        select(Execution.workflow_id)
        .where(Execution.status == PENDING, Execution.reason == LIMIT).distinct()
    ).scalars())


def _room(uow: UnitOfWork, workflow_id: str, most: int | None, rate: int | None, at: datetime) -> int:
    rooms = [_BATCH]
    if most is not None:
        rooms.append(most - _count(uow, workflow_id, Execution.status.in_((RUNNING, WAITING))))
    if rate is not None:
        rooms.append(rate - _count(uow, workflow_id, Execution.started_at > at - _MINUTE))
    return min(rooms)


def _count(uow: UnitOfWork, workflow_id: str, condition: object) -> int:
    counted = select(func.count()).select_from(Execution).where(
        Execution.workflow_id == workflow_id, condition  # type: ignore[arg-type]
    )
    return int(uow.execute(counted).scalar_one())
