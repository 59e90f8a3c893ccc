"""The meter: what every ended run takes, added up by workflow and day, so that nobody has to scan for it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import LargeBinary, Row, cast, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from engine.db import UnitOfWork
from engine.domain.runs.states import FAILED
from engine.domain.workflows.retention import ROW_BYTES
from engine.models import Execution, ExecutionLog, ExecutionStep, StoredDay
from engine.services.inserts import insert

_BATCH: Final = 200
_LINE_BYTES: Final = 150


class Key(NamedTuple):
    """A row of the meter."""

    workflow_id: str
    day: date
    failed: bool


def measure(uow: UnitOfWork) -> bool:
    """Measure some runs that have ended; True when there may be more."""
    unmeasured = (
        select(Execution.id).where(Execution.stored_bytes.is_(None), Execution.completed_at.is_not(None))
        .order_by(Execution.id).limit(_BATCH)
    )
    rows = uow.execute(
        update(Execution).where(Execution.id.in_(unmeasured.scalar_subquery()))
        .values(stored_bytes=_full_size(uow))
        .returning(Execution.workflow_id, Execution.queued_at, Execution.status, Execution.stored_bytes)
    ).all()
    add(uow, tallied((row, {"runs": 1, "full": 1, "bytes": row.stored_bytes}) for row in rows))
    return len(rows) == _BATCH


def tallied(changes: Iterable[tuple[Row[Any], Mapping[str, int]]]) -> dict[Key, Counter[str]]:
    """Add up what changes, by row of the meter."""
    found: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for row, change in changes:
        found[Key(row.workflow_id, row.queued_at.date(), row.status == FAILED)].update(change)
    return dict(found)


def add(uow: UnitOfWork, changes: Mapping[Key, Counter[str]]) -> None:
    """Move the meter."""
    if not changes:
        return
    new = insert(uow, StoredDay)
    sums = {name: StoredDay.__table__.c[name] + new.excluded[name] for name in ("runs", "full", "bytes")}
    statement = new.on_conflict_do_update(index_elements=list(Key._fields), set_=sums)
    uow.execute(statement, [
        {**key._asdict(), "runs": counts["runs"], "full": counts["full"], "bytes": counts["bytes"]}
        for key, counts in sorted(changes.items())
    ])
    if any(counts["runs"] < 0 for counts in changes.values()):
        mine = StoredDay.workflow_id.in_({key.workflow_id for key in changes})
        uow.execute(delete(StoredDay).where(mine, StoredDay.runs <= 0))


def bare_size(uow: UnitOfWork) -> Any:
    """What a run without its data takes: its row, and what it was started with."""
    return ROW_BYTES + _bytes(uow, Execution.input)


def _full_size(uow: UnitOfWork) -> Any:
    steps = select(func.sum(_bytes(uow, ExecutionStep.input) + _bytes(uow, ExecutionStep.output))).where(
        ExecutionStep.execution_id == Execution.id
    )
    lines = select(func.sum(_LINE_BYTES + _bytes(uow, ExecutionLog.message))).where(
        ExecutionLog.execution_id == Execution.id
    )
    return bare_size(uow) + _bytes(uow, Execution.output) + _or_none(steps) + _or_none(lines)


def _or_none(statement: Any) -> Any:
    return func.coalesce(statement.scalar_subquery(), 0)


def _bytes(uow: UnitOfWork, column: InstrumentedAttribute[Any]) -> Any:
    """What the column takes on disk; Postgres keeps large values packed."""
    if uow.connection.dialect.name == "sqlite":
        return func.coalesce(func.length(cast(column, LargeBinary)), 0)
    return func.coalesce(func.pg_column_size(column), 0)
