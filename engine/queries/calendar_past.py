"""What became of the time behind us: runs and due times without one, counted per start and slot."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, String, cast, func, literal, select, union_all

from engine.domain.agenda import Line, Start
from engine.domain.calendar_slots import Slot
from engine.models import Execution, Occurrence, Trigger, Workflow

LOOKED_AT: Final = 200


class Behind(NamedTuple):
    """`is_partial`: there was more than `LOOKED_AT`, and only the latest of it is counted."""

    lines: list[Line]
    is_partial: bool


def lines(
    connection: Connection, condition: ColumnElement[bool], slots: Sequence[Slot], at: datetime
) -> list[Behind]:
    """Return the lines of every slot; those of slots still to come are empty."""
    behind = [Behind([], False) for _ in slots]
    begun = [(number, slot) for number, slot in enumerate(slots) if slot.start <= at]
    if not begun:
        return behind
    for counted in (_runs, _without_run):
        looked_at = [0] * len(slots)
        for row in connection.execute(_named(union_all(*(counted(n, slot, condition) for n, slot in begun)))):
            behind[row.slot].lines.append(_line(row))
            looked_at[row.slot] += row.times
        for number, _ in begun:
            if looked_at[number] >= LOOKED_AT:
                behind[number] = behind[number]._replace(is_partial=True)
    return behind


def _line(row: Row[Any]) -> Line:
    start = Start(row.workflow_id, row.workflow_name, row.workflow_slug, row.trigger_id, row.trigger_name)
    only_run = row.run_id if row.times == 1 else None
    return Line(start, row.status, row.first_at, row.last_at, row.times, only_run, row.reason)


def _named(counted: Any) -> Select[Any]:
    found = counted.subquery()
    return (
        select(*found.c, Workflow.name.label("workflow_name"), Workflow.slug.label("workflow_slug"),
               Trigger.name.label("trigger_name"))
        .join(Workflow, Workflow.id == found.c.workflow_id)
        .outerjoin(Trigger, Trigger.id == found.c.trigger_id)
    )


def _runs(number: int, slot: Slot, condition: ColumnElement[bool]) -> Select[Any]:
    latest = (
        select(Execution.id, Execution.workflow_id, Execution.trigger_id, Execution.status,
               Execution.queued_at.label("at"))
        .join(Workflow, Workflow.id == Execution.workflow_id)
        .where(condition, Execution.queued_at >= slot.start, Execution.queued_at < slot.end)
        .order_by(Execution.queued_at.desc()).limit(LOOKED_AT).subquery()
    )
    kinds = (latest.c.workflow_id, latest.c.trigger_id, latest.c.status)
    return _counted(number, latest, cast(None, String).label("reason")).group_by(*kinds)


def _without_run(number: int, slot: Slot, condition: ColumnElement[bool]) -> Select[Any]:
    latest = (
        select(Occurrence.id, Occurrence.workflow_id, Occurrence.trigger_id,
               Occurrence.outcome.label("status"), Occurrence.reason, Occurrence.scheduled_at.label("at"))
        .join(Workflow, Workflow.id == Occurrence.workflow_id)
        .where(condition, Occurrence.execution_id.is_(None), Occurrence.scheduled_at >= slot.start,
               Occurrence.scheduled_at < slot.end)
        .order_by(Occurrence.scheduled_at.desc()).limit(LOOKED_AT).subquery()
    )
    kinds = (latest.c.workflow_id, latest.c.trigger_id, latest.c.status, latest.c.reason)
    return _counted(number, latest, latest.c.reason).group_by(*kinds)


def _counted(number: int, latest: Any, reason: Any) -> Select[Any]:
    return select(
        literal(number).label("slot"), latest.c.workflow_id, latest.c.trigger_id, latest.c.status, reason,
        func.count().label("times"), func.min(latest.c.at).label("first_at"),
        func.max(latest.c.at).label("last_at"), func.min(latest.c.id).label("run_id"),
    )
