"""Whether somebody holds everything, and what was held."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, select

from engine.models import Occurrence, Setting, Trigger, Workflow

NAME: Final = "brake"
HELD: Final = "brake"


@dataclass(frozen=True)
class Brake:
    """`until` None: until somebody lets go. `by` is a name to show."""

    reason: str
    by: str | None
    since: datetime
    until: datetime | None

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


def current(connection: Connection) -> Brake | None:
    """Return the brake while it is pulled; it may have run out without having been released yet."""
    value = connection.execute(select(Setting.value).where(Setting.name == NAME)).scalar_one_or_none()
    if not value:
        return None
    until = datetime.fromisoformat(value["until"]) if value["until"] else None
    return Brake(value["reason"], value["by"], datetime.fromisoformat(value["since"]), until)


def is_on() -> ColumnElement[bool]:
    return select(Setting.name).where(Setting.name == NAME).exists()


def held(
    connection: Connection, visible: ColumnElement[bool], since: datetime, *, limit: int = 100
) -> list[Row[Any]]:
    """Return the due times the brake has held since then, newest first."""
    return list(connection.execute(
        select(
            Occurrence.id, Occurrence.workflow_id, Occurrence.trigger_id, Occurrence.scheduled_at,
            Workflow.name.label("workflow_name"), Workflow.slug.label("workflow_slug"),
            Trigger.name.label("trigger_name"),
        )
        .join(Workflow, Workflow.id == Occurrence.workflow_id)
        .join(Trigger, Trigger.id == Occurrence.trigger_id)
        .where(visible, Occurrence.execution_id.is_(None), Occurrence.scheduled_at >= since,
               Occurrence.reason == HELD)
        .order_by(Occurrence.scheduled_at.desc(), Occurrence.id.desc()).limit(limit)
    ))
