"""Runs that steps of other runs have started: found again, waited for, and heard when they end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, exists, select, tuple_, update

from engine.db import UnitOfWork
from engine.domain.events import QUEUED, Change
from engine.domain.runs.states import FINAL, LIVE, PENDING, WAITING
from engine.models import Base, Execution, ExecutionStep

CALL: Final = "workflow"
_OTHER: Final = Base.metadata.tables[Execution.__tablename__].alias("child")


def wake(uow: UnitOfWork, parent_id: str, at: datetime) -> None:
    """Let a run go on that rests until this one has ended; one that is not resting finds out by itself."""
    woken = uow.execute(
        update(Execution)
        .where(Execution.id == parent_id, Execution.status == WAITING)
        .values(status=PENDING, reason=None, wake_at=None)
        .returning(Execution.workflow_id, Execution.priority)
    ).one_or_none()
    if woken is not None:
        uow.record(Change(QUEUED, at, woken.workflow_id, parent_id))
        uow.ring(parent_id, woken.workflow_id, woken.priority)


def wake_if_answered(uow: UnitOfWork, execution_id: str, at: datetime) -> None:
    """Let a run go on at once when one it is about to rest for has ended before it lay down."""
    ended = select(_OTHER.c.id).where(_OTHER.c.parent_id == execution_id, _OTHER.c.status.in_(FINAL),
                                       _awaited_by(execution_id))
    if uow.execute(ended.limit(1)).first() is not None:
        wake(uow, execution_id, at)


def children(uow: UnitOfWork, places: Sequence[tuple[str, str, str]]) -> list[Row[Any] | None]:
    """Return the run that each step (run, key, position) has started: id, status, output and error."""
    columns = (Execution.parent_id, Execution.parent_step, Execution.parent_position)
    found = {tuple(row[:3]): row for row in uow.execute(
        select(*columns, Execution.id, Execution.status, Execution.output, Execution.error_message)
        .where(tuple_(*columns).in_(list(places)))
    )}
    return [found.get(place) for place in places]


def waited_for(uow: UnitOfWork, execution_id: str) -> list[str]:
    """Return the runs still going that this one waits for."""
    waiting = _awaited_by(execution_id)
    return list(uow.execute(
        select(_OTHER.c.id).where(_OTHER.c.parent_id == execution_id, _OTHER.c.status.in_(LIVE), waiting)
    ).scalars())


def waiting_for(uow: UnitOfWork, execution_id: str) -> list[Row[Any]]:
    """Return this run and those that rest until it has ended: the one that started it, and so on."""
    found: list[Row[Any]] = []
    wanted: str | None = execution_id
    while wanted is not None:
        row = uow.execute(
            select(_OTHER.c.workflow_id, _OTHER.c.concurrency_key, _OTHER.c.parent_id,
                   _awaited_by(_OTHER.c.parent_id).label("is_awaited"))
            .where(_OTHER.c.id == wanted)
        ).one()
        found.append(row)
        wanted = row.parent_id if row.is_awaited else None
    return found


def _awaited_by(execution_id: Any) -> Any:
    return exists().where(
        ExecutionStep.execution_id == execution_id, ExecutionStep.step_key == _OTHER.c.parent_step,
        ExecutionStep.position == _OTHER.c.parent_position, ExecutionStep.status == WAITING,
        ExecutionStep.reason == CALL,
    )
