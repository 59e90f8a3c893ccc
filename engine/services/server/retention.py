"""Keeping history within its rule: in small batches, by index, and never what still goes on."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, exists, null, select, text, tuple_, update
from sqlalchemy.orm import aliased

from engine.db import UnitOfWork
from engine.domain.runs.states import FAILED
from engine.domain.workflows.retention import Keep, Removal, Retention
from engine.models import (
    LIVE_STATUS,
    Execution,
    ExecutionLog,
    ExecutionStep,
    FailedStep,
    Occurrence,
    Statistic,
)
from engine.queries.server.retention import NAME, Plan
from engine.services import audit, settings
from engine.services.server import stored, vacuum

_RUNS: Final = 50
_ROWS: Final = 2_000


def carry_out(uow: UnitOfWork, plan: Plan, at: datetime) -> Plan:
    """Do a bounded part of what has to be done and return the rest."""
    return replace(
        plan,
        unmeasured=plan.unmeasured and stored.measure(uow),
        removals=tuple(_remove(uow, plan.removals, at)),
        planned=tuple(one for one in plan.planned if _forget_times(uow, *one)),
        counters=tuple(one for one in plan.counters if _forget_counters(uow, *one)),
        pages=vacuum.give_back(uow, plan.pages, at),
    )


def set_usual(uow: UnitOfWork, rule: Retention, *, by: str, at: datetime) -> None:
    """Change the installation's rule; what is None goes back to how Carillon comes."""
    value = rule.own()
    settings.put(uow, NAME, value, at)
    audit.record(uow, by, "retention.changed", "retention", None, vars(Keep().but(value)), at)


def _remove(uow: UnitOfWork, removals: Sequence[Removal], at: datetime) -> Iterable[Removal]:
    """Go on with the first few; what can't go now because a live run refers to it waits for another day."""
    runs_left, rows_left = _RUNS, _ROWS
    for removal in removals:
        if runs_left <= 0 or rows_left <= 0:
            yield removal
            continue
        wanted = min(removal.deleted or removal.bared, runs_left)
        rows = _oldest(uow, removal, wanted)
        ids = [row.id for row in rows]
        rows_left = _strip(uow, ids, rows_left, with_steps=bool(removal.deleted))
        if rows_left <= 0:
            yield removal
            continue
        runs_left -= len(ids)
        if ids:
            (_delete if removal.deleted else _bare)(uow, rows, at)
        if len(ids) == wanted and (rest := _without(removal, wanted)):
            yield rest


def _without(removal: Removal, done: int) -> Removal | None:
    if removal.deleted:
        rest = removal._replace(deleted=removal.deleted - done)
    else:
        rest = removal._replace(bared=removal.bared - done)
    return rest if rest.deleted or rest.bared else None


def _oldest(uow: UnitOfWork, removal: Removal, wanted: int) -> Sequence[Row[Any]]:
    """The runs to remove, or to take the data from: of one day, and nothing that still matters."""
    begins = datetime.combine(removal.day, time(), UTC)
    kind = Execution.status == FAILED if removal.failed else Execution.status.in_(("completed", "cancelled"))
    statement = (
        select(Execution.id, Execution.workflow_id, Execution.queued_at, Execution.status,
               Execution.stored_bytes, Execution.trimmed_at)
        .where(Execution.workflow_id == removal.workflow_id, Execution.queued_at >= begins,
               Execution.queued_at < begins + timedelta(days=1), kind, Execution.stored_bytes.is_not(None),
               *_unneeded())
        .order_by(Execution.queued_at, Execution.id).limit(wanted)
    )
    if not removal.deleted:
        statement = statement.where(Execution.trimmed_at.is_(None))
    return uow.execute(statement).all()


def _unneeded() -> Iterable[Any]:
    """Conditions that leave out what a live run repeats, was started by, or started."""
    repeat, child, parent = (aliased(Execution, name=name) for name in ("repeat", "child", "parent"))
    yield ~exists().where(repeat.retry_of == Execution.id, text(f"repeat.{LIVE_STATUS}"))
    yield ~exists().where(child.parent_id == Execution.id, text(f"child.{LIVE_STATUS}"))
    yield ~exists().where(parent.id == Execution.parent_id, text(f"parent.{LIVE_STATUS}"))


def _strip(uow: UnitOfWork, ids: Sequence[str], room: int, *, with_steps: bool) -> int:
    """Remove log lines, and steps or their data; return how many more rows may go, 0 when some are left."""
    if not ids:
        return room
    lines = select(ExecutionLog.id).where(ExecutionLog.execution_id.in_(ids)).limit(room)
    room -= uow.execute(delete(ExecutionLog).where(ExecutionLog.id.in_(lines))).rowcount
    if room <= 0:
        return 0
    key = (ExecutionStep.execution_id, ExecutionStep.step_key, ExecutionStep.position)
    mine = select(*key).where(ExecutionStep.execution_id.in_(ids)).limit(room)
    if with_steps:
        return room - uow.execute(delete(ExecutionStep).where(tuple_(*key).in_(mine))).rowcount
    full = mine.where(ExecutionStep.input.is_not(None) | ExecutionStep.output.is_not(None))
    emptied = update(ExecutionStep).where(tuple_(*key).in_(full)).values(input=null(), output=null())
    return room - uow.execute(emptied).rowcount


def _delete(uow: UnitOfWork, rows: Sequence[Row[Any]], _at: datetime) -> None:
    """How the run of a due time went stays on its record."""
    ids = [row.id for row in rows]
    run = Execution.id == Occurrence.execution_id
    of_them = select(Execution.occurrence_id).where(Execution.id.in_(ids))
    uow.execute(update(Occurrence).where(Occurrence.id.in_(of_them)).values(
        run_status=select(Execution.status).where(run).scalar_subquery(),
        run_started_at=select(Execution.started_at).where(run).scalar_subquery(),
        run_duration_ms=select(Execution.duration_ms).where(run).scalar_subquery(),
        execution_id=None,
    ))
    uow.execute(delete(Execution).where(Execution.id.in_(ids)))
    stored.add(uow, stored.tallied(
        (row, {"runs": -1, "full": -(row.trimmed_at is None), "bytes": -row.stored_bytes}) for row in rows
    ))


def _bare(uow: UnitOfWork, rows: Sequence[Row[Any]], at: datetime) -> None:
    before = {row.id: row.stored_bytes for row in rows}
    after = uow.execute(
        update(Execution).where(Execution.id.in_(list(before)))
        .values(output=null(), trimmed_at=at, stored_bytes=stored.bare_size(uow))
        .returning(Execution.id, Execution.workflow_id, Execution.queued_at, Execution.status,
                   Execution.stored_bytes)
    ).all()
    stored.add(uow, stored.tallied(
        (row, {"full": -1, "bytes": row.stored_bytes - before[row.id]}) for row in after
    ))


def _forget_times(uow: UnitOfWork, workflow_id: str, before: datetime) -> bool:
    """Forget planned times of long ago; True when there are more."""
    live = exists().where(Execution.id == Occurrence.execution_id, text(f"executions.{LIVE_STATUS}"))
    old = (
        select(Occurrence.id)
        .where(Occurrence.workflow_id == workflow_id, Occurrence.scheduled_at < before, ~live)
        .order_by(Occurrence.scheduled_at).limit(_ROWS)
    )
    return uow.execute(delete(Occurrence).where(Occurrence.id.in_(old))).rowcount == _ROWS


def _forget_counters(uow: UnitOfWork, workflow_id: str, before: datetime) -> bool:
    """Forget the counters of long ago, all at once: of one workflow there are few."""
    for table in (Statistic, FailedStep):
        uow.execute(delete(table).where(table.workflow_id == workflow_id, table.at < before))
    return False
