"""Back from downtime: when the app was off, what was missed meanwhile, and what is best done about it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Text, case, cast, func, select, text

from engine.domain.errors import NotFound
from engine.domain.runs.states import MISSED
from engine.models import Occurrence, Outage, Trigger, Workflow

ASKED: Final = "asked"
# Spelt out, so that the databases see that the index of open questions will do.
IS_ASKED: Final = text("occurrences.reason = 'asked'")
_MANY: Final = 500
_MOST_COUNTED: Final = 1_000


@dataclass(frozen=True)
class Missed:
    """What one start missed in an outage; `latest_id` is what to run when once is enough."""

    trigger_id: str
    trigger_name: str
    workflow_id: str
    workflow_name: str
    workflow_slug: str
    count: int
    latest_id: str
    latest_at: datetime
    asks: bool
    reason: str | None = None


@dataclass(frozen=True)
class Tally:
    """How many due times of how many starts; `is_partial`: at least so many."""

    times: int
    starts: int
    asking: int
    is_partial: bool


def unhandled(connection: Connection) -> list[Row[Any]]:
    """Return the outages nobody has dealt with yet, latest first."""
    return list(connection.execute(
        select(Outage.id, Outage.started_at, Outage.ended_at)
        .where(Outage.handled_at.is_(None)).order_by(Outage.ended_at.desc()).limit(20)
    ))


def missed(
    connection: Connection, visible: ColumnElement[bool], start: datetime, end: datetime
) -> list[Missed]:
    """Return what was missed then and has no run, by start; those that ask come first."""
    found: dict[str, Missed] = {}
    for row in connection.execute(_missed_rows().where(visible, _within(start, end))):
        before = found.get(row.trigger_id)
        found[row.trigger_id] = Missed(
            row.trigger_id, row.trigger_name, row.workflow_id, row.workflow_name, row.workflow_slug,
            (before.count if before else 0) + int((row.reason_data or {}).get("count", 1)),
            row.id, row.scheduled_at, row.reason == ASKED or bool(before and before.asks),
            row.reason,
        )
    return sorted(found.values(), key=lambda one: (not one.asks, one.workflow_name.lower(), one.trigger_name))


def tally(connection: Connection, visible: ColumnElement[bool], start: datetime, end: datetime) -> Tally:
    """Count what was missed then, without reading more than a page needs."""
    some = _missed_rows().where(visible, _within(start, end)).limit(_MOST_COUNTED + 1).subquery()
    row = connection.execute(select(
        func.max(case((cast(some.c.reason_data, Text).contains('"count"'), 1), else_=0)).label("ranges"),
        func.count().label("times"), func.count(some.c.trigger_id.distinct()).label("starts"),
        func.count(case((some.c.reason == ASKED, some.c.trigger_id)).distinct()).label("asking"),
    )).one()
    return Tally(min(row.times, _MOST_COUNTED), row.starts, row.asking,
                 bool(row.ranges) or row.times > _MOST_COUNTED)


def ids(connection: Connection, visible: ColumnElement[bool], start: datetime, end: datetime) -> list[str]:
    """Return the missed times themselves, oldest first, up to a limit."""
    rows = _missed_rows().where(visible, _within(start, end)).limit(_MOST_COUNTED)
    return [row.id for row in connection.execute(rows)]


def seen(connection: Connection, visible: ColumnElement[bool], wanted: Collection[str]) -> list[str]:
    """Return those of the missed times that the reader may see; `NotFound` if one is not among them."""
    rows = _missed_rows().where(visible, Occurrence.id.in_(wanted))
    found = [row.id for row in connection.execute(rows)]
    if len(found) < len(set(wanted)):
        raise NotFound("One of these times has a run or is not there. Reload to see what was missed.")
    return found


def asked(connection: Connection, visible: ColumnElement[bool], *, limit: int = _MANY) -> list[Row[Any]]:
    """Return the missed times that wait for an answer, oldest first."""
    return list(connection.execute(
        _missed_rows().where(visible, IS_ASKED).limit(limit)
    ))


def asking(connection: Connection, visible: ColumnElement[bool]) -> int:
    """Return how many missed times wait for an answer."""
    waiting = (
        select(func.count()).select_from(Occurrence)
        .join(Workflow, Workflow.id == Occurrence.workflow_id)
        .where(visible, Occurrence.execution_id.is_(None), IS_ASKED)
    )
    return int(connection.execute(waiting).scalar_one())


def _within(start: datetime, end: datetime) -> ColumnElement[bool]:
    return Occurrence.scheduled_at.between(start, end)


def _missed_rows() -> Any:
    return (
        select(
            Occurrence.id, Occurrence.trigger_id, Occurrence.workflow_id, Occurrence.scheduled_at,
            Occurrence.reason, Occurrence.reason_data, Trigger.name.label("trigger_name"),
            Workflow.name.label("workflow_name"), Workflow.slug.label("workflow_slug"),
        )
        .join(Trigger, Trigger.id == Occurrence.trigger_id)
        .join(Workflow, Workflow.id == Occurrence.workflow_id)
        .where(Occurrence.execution_id.is_(None), Occurrence.outcome == MISSED,
               func.coalesce(Occurrence.reason, "") != "dismissed")
        .order_by(Occurrence.scheduled_at, Occurrence.id)
    )
