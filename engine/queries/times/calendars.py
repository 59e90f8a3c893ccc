"""Own calendars and country lists, and the starts that follow them."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Text, cast, select

from engine.domain.errors import NotFound
from engine.models import Calendar, Trigger, Workflow

_MANY: Final = 2_000


@dataclass
class Uses:
    """Starts that follow a calendar; `hidden` more belong to workflows the reader may not see."""

    starts: list[Row[Any]] = field(default_factory=list)
    hidden: int = 0

    @property
    def count(self) -> int:
        return len(self.starts) + self.hidden


def own(connection: Connection) -> list[Row[Any]]:
    """Return all own calendars by name."""
    return list(connection.execute(select(*Calendar.__table__.columns).order_by(Calendar.name, Calendar.id)))


def by_id(connection: Connection, calendar_id: str) -> Row[Any]:
    """Return one own calendar; raises `NotFound`."""
    row = connection.execute(
        select(*Calendar.__table__.columns).where(Calendar.id == calendar_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such calendar.")
    return row


def uses(connection: Connection, visible: ColumnElement[bool]) -> dict[str, Uses]:
    """Return who follows what, by "country:DE" or id of an own calendar."""
    rows = connection.execute(
        select(
            Trigger.id, Trigger.name, Trigger.config, Workflow.name.label("workflow_name"),
            Workflow.slug.label("workflow_slug"), visible.label("is_seen"),
        )
        .join(Workflow, Workflow.id == Trigger.workflow_id)
        .where(Trigger.removed_at.is_(None), cast(Trigger.config, Text).contains('"calendars"'))
        .order_by(Workflow.name, Trigger.name).limit(_MANY)
    )
    found: dict[str, Uses] = defaultdict(Uses)
    for row in rows:
        for reference in _followed(row.config):
            if row.is_seen:
                found[reference].starts.append(row)
            else:
                found[reference].hidden += 1
    return found


def _followed(config: dict[str, Any]) -> list[str]:
    holidays = config.get("schedule", {}).get("holidays") or {}
    return list(holidays.get("calendars", []))
