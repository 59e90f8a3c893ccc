"""What became of the time behind us: runs and due times without one, counted per start and slot.

A window with up to `MOST_READ_WHOLE` rows is read at once; in a fuller one each slot is looked into,
trouble first, up to its share.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    true,
)

from engine.domain.due.agenda import Line, Start
from engine.domain.due.calendar_slots import Slot
from engine.domain.runs.states import CANCELLED, COMPLETED, FAILED, MISSED, OUTCOMES, SKIPPED
from engine.models import Execution, Occurrence, Trigger, Workflow
from engine.models.base import UtcDateTime

MOST_READ_WHOLE: Final = 4_000
_BUDGET: Final = 1_800
_MOST_LINES: Final = 500
_LEAST_LINES: Final = 20
_URGENCY: Final = {FAILED: 0, MISSED: 1, SKIPPED: 2, CANCELLED: 2}

Rows = Callable[[ColumnElement[bool]], Any]
Begun = Sequence[tuple[int, Slot]]


class Behind(NamedTuple):
    """`is_partial`: there was more than was looked at."""

    lines: list[Line]
    is_partial: bool = False


def lines(
    connection: Connection, condition: ColumnElement[bool], slots: Sequence[Slot], at: datetime,
    often: Collection[str] = (),
) -> list[Behind]:
    """Return the lines of every slot; those of slots still to come are empty.

    What went well is left out for starts that run `often`: it would bury everything else.
    """
    behind = [Behind([]) for _ in slots]
    begun = [(number, slot) for number, slot in enumerate(slots) if slot.start <= at]
    for rows in (_runs, _without_run) if begun else ():
        found = rows(condition)
        amount = _amount(connection, found, begun)
        read = _whole if amount < MOST_READ_WHOLE else _sampled
        for row in read(connection, found, begun, behind) if amount else ():
            if row.status != COMPLETED or row.trigger_id not in often:
                behind[row.slot].lines.append(_line(row))
    return behind


def _amount(connection: Connection, found: Any, begun: Begun) -> int:
    some = found.with_only_columns(literal(1).label("one")).limit(MOST_READ_WHOLE).subquery()
    window = {"start": begun[0][1].start, "end": begun[-1][1].end}
    return int(connection.execute(select(func.count()).select_from(some), window).scalar_one())


def _whole(connection: Connection, found: Any, begun: Begun, _: list[Behind]) -> Iterator[Row[Any]]:
    latest = found.subquery()
    slot_of = case(*((latest.c.at < slot.end, number) for number, slot in begun))
    window = {"start": begun[0][1].start, "end": begun[-1][1].end}
    yield from connection.execute(_named(_counted(latest, slot_of)), window)


def _sampled(connection: Connection, found: Any, begun: Begun, behind: list[Behind]) -> Iterator[Row[Any]]:
    """Look into one slot after the other with one and the same statement: trouble, then what is rare."""
    most, room = _BUDGET // len(begun), max(_MOST_LINES // len(begun), _LEAST_LINES)
    newest = found.order_by(found.selected_columns.at.desc()).limit(most).subquery()
    counted = _counted(newest, bindparam("slot", type_=Integer))
    urgency = case(_URGENCY, value=counted.selected_columns.status, else_=len(_URGENCY))
    statement = _named(counted.order_by(urgency, counted.selected_columns.times).limit(room))
    for number, slot in begun:
        window = {"slot": number, "start": slot.start, "end": slot.end}
        rows = connection.execute(statement, window).all()
        if len(rows) >= room or sum(row.times for row in rows) >= most:
            behind[number] = behind[number]._replace(is_partial=True)
        yield from rows


def _counted(latest: Any, slot_of: ColumnElement[Any]) -> Select[Any]:
    """Count by slot, start and status. The slot is worked out one level below, to be grouped by."""
    one = select(slot_of.label("slot"), *latest.c).subquery()
    groups = (one.c.slot, one.c.workflow_id, one.c.trigger_id, one.c.status, one.c.reason)
    return select(
        *groups, func.count().label("times"), func.min(one.c.at).label("first_at"),
        func.max(one.c.at).label("last_at"), func.min(one.c.id).label("run_id"),
    ).group_by(*groups)


def _named(counted: Select[Any]) -> Select[Any]:
    found = counted.subquery()
    return (
        select(*found.c, Workflow.name.label("workflow_name"), Workflow.slug.label("workflow_slug"),
               Trigger.name.label("trigger_name"))
        .outerjoin_from(found, Workflow, Workflow.id == found.c.workflow_id)
        .outerjoin(Trigger, Trigger.id == found.c.trigger_id)
    )


def _runs(condition: ColumnElement[bool]) -> Any:
    columns = select(Execution.id, Execution.workflow_id, Execution.trigger_id, Execution.status,
                     cast(None, String).label("reason"), Execution.queued_at.label("at"))
    seen = _seen(columns, Execution.workflow_id, condition).where(~Execution.dry_run)
    return _inside(seen, Execution.queued_at)


def _without_run(condition: ColumnElement[bool]) -> Any:
    status = func.coalesce(Occurrence.run_status, Occurrence.outcome).label("status")
    columns = select(cast(None, String).label("id"), Occurrence.workflow_id, Occurrence.trigger_id, status,
                     Occurrence.reason,
                     Occurrence.scheduled_at.label("at"))
    due = _seen(columns, Occurrence.workflow_id, condition).where(Occurrence.execution_id.is_(None))
    return _inside(due, Occurrence.scheduled_at)


def _inside(rows: Any, at: Any) -> Any:
    return rows.where(at >= bindparam("start", type_=UtcDateTime), at < bindparam("end", type_=UtcDateTime))


def _seen(columns: Any, workflow_id: Any, condition: ColumnElement[bool]) -> Any:
    """Who may see everything needs no look at the workflow of each row."""
    of_workflow = columns.join(Workflow, Workflow.id == workflow_id).where(condition)
    return columns if condition is true() else of_workflow


def _line(row: Row[Any]) -> Line:
    start = Start(row.workflow_id, row.workflow_name, row.workflow_slug, row.trigger_id, row.trigger_name)
    only_run = row.run_id if row.times == 1 and row.status not in OUTCOMES else None
    return Line(start, row.status, row.first_at, row.last_at, row.times, only_run, row.reason)
