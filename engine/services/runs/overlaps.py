"""The line behind a run that is still going: who stands in it, and who is next."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, exists, select, text, update

from engine.db import UnitOfWork
from engine.domain.events import QUEUED, Change
from engine.domain.runs.states import PENDING
from engine.models import IS_LIVE, Base, Execution, Occurrence

OVERLAP: Final = "overlap"
_HERE_IS_LIVE: Final = text("other.status IN ('pending', 'running', 'waiting')")


@dataclass
class Live:
    """Runs of one start that have not ended; `waiting` of them stand in line."""

    running: list[str] = field(default_factory=list)
    waiting: int = 0


def live_runs(uow: UnitOfWork, trigger_ids: Collection[str]) -> defaultdict[str, Live]:
    """Return what is going on of each of these starts. Runs that rest before a later start don't count."""
    found: defaultdict[str, Live] = defaultdict(Live)
    if not trigger_ids:
        return found
    rows = uow.execute(
        select(Execution.id, Execution.trigger_id, Execution.status, Execution.reason)
        .where(Execution.trigger_id.in_(trigger_ids), IS_LIVE)
    )
    for row in rows:
        if row.reason != OVERLAP:
            found[row.trigger_id].running.append(row.id)
        elif row.status == PENDING:
            found[row.trigger_id].waiting += 1
    return found


def _first_in_line() -> Any:
    """Let the first in line go. Built once: it runs at the end of every run of a due time."""
    other = Base.metadata.tables[Execution.__tablename__].alias("other")
    goes_on = exists().where(
        other.c.trigger_id == bindparam("line"), _HERE_IS_LIVE,
        (other.c.reason != OVERLAP) | other.c.reason.is_(None),
    )
    due_at = select(Occurrence.scheduled_at).where(Occurrence.id == Execution.occurrence_id)
    first = (
        select(Execution.id)
        .where(Execution.trigger_id == bindparam("line"), IS_LIVE, Execution.status == PENDING,
               Execution.reason == OVERLAP, ~goes_on)
        .order_by(due_at.scalar_subquery(), Execution.id).limit(1)
    )
    return (
        update(Execution)
        .where(Execution.id.in_(first.scalar_subquery()), Execution.reason == OVERLAP)
        .values(reason=None).returning(Execution.id, Execution.workflow_id, Execution.priority)
    )


_ADMIT: Final = _first_in_line()


def admit_next(uow: UnitOfWork, trigger_id: str, at: datetime) -> bool:
    """Let the first in line of this start go, unless another run of it is still going."""
    admitted = uow.execute(_ADMIT, {"line": trigger_id}).all()
    for row in admitted:
        uow.record(Change(QUEUED, at, row.workflow_id, row.id))
        uow.ring(row.id, row.workflow_id, row.priority)
    return bool(admitted)


_LINES: Final = select(Execution.trigger_id).where(
    IS_LIVE, Execution.status == PENDING, Execution.reason == OVERLAP, Execution.trigger_id.is_not(None)
).distinct()


def admit_after(uow: UnitOfWork, trigger_ids: Collection[str], at: datetime) -> None:
    """Let the first in line of each of these starts go, now that a run of it has ended."""
    if trigger_ids:
        lines = uow.execute(_LINES.where(Execution.trigger_id.in_(trigger_ids))).scalars().all()
        for trigger_id in sorted(lines):
            admit_next(uow, trigger_id, at)


def admit_stranded(uow: UnitOfWork, at: datetime) -> None:
    """Let those go whose predecessor ended in the moment they got in line."""
    for trigger_id in uow.execute(_LINES).scalars().all():
        admit_next(uow, trigger_id, at)
