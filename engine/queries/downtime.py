"""Back from downtime: when the app was off, what was missed meanwhile, and what is best done about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select, text

from engine.domain.states import MISSED
from engine.models import Occurrence, Outage, Trigger, Workflow

ASKED: Final = "asked"
# Spelt out, so that the databases see that the index of open questions will do.
IS_ASKED: Final = text("occurrences.reason = 'asked'")
_MANY: Final = 500


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
        )
    return sorted(found.values(), key=lambda one: (not one.asks, one.workflow_name.lower(), one.trigger_name))


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
