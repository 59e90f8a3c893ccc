"""Own calendars: days off that many schedules share. Who uses one follows every change at once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Text, cast, delete, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.ids import new_id
from engine.models import Calendar, ProducerSchedule, Trigger, Workflow
from engine.services import audit
from engine.services.inserts import insert
from engine.services.planning import schedules

OWN: Final = "own"
FILE: Final = "file"
_MOST_DAYS: Final = 5_000
_LONGEST_NAME: Final = 200


def add(
    uow: UnitOfWork, *, name: str, days: Mapping[date, str], by: str, at: datetime, origin: str = OWN
) -> str:
    """Add a calendar and return its id."""
    calendar_id = new_id(at)
    row = {"name": _name(name), "days": _stored(days), "origin": origin, "updated_at": at}
    added = uow.moved(
        insert(uow, Calendar).values(id=calendar_id, created_at=at, **row)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    if not added:
        raise _taken(name)
    audit.record(uow, by, "calendar.added", "calendar", calendar_id, {"name": name, "days": len(days)}, at)
    return calendar_id


def edit(
    uow: UnitOfWork, calendar_id: str, *, by: str, at: datetime, name: str | None = None,
    days: Mapping[date, str] | None = None,
) -> None:
    """Rename a calendar or replace its days; every schedule that uses it gets its new next time."""
    get(uow, calendar_id)
    changes: dict[str, Any] = {"updated_at": at}
    if name is not None:
        changes["name"] = _name(name)
        same = select(Calendar.id).where(Calendar.name == changes["name"], Calendar.id != calendar_id)
        if uow.execute(same).first():
            raise _taken(name)
    if days is not None:
        changes["days"] = _stored(days)
    uow.execute(update(Calendar).where(Calendar.id == calendar_id).values(**changes))
    if days is not None:
        schedules.replan(uow, at, _uses(calendar_id))
    audit.record(uow, by, "calendar.edited", "calendar", calendar_id, {"name": name}, at)


def remove(uow: UnitOfWork, calendar_id: str, *, by: str, at: datetime) -> None:
    """Take a calendar away. Raises `Conflict` while a schedule uses it."""
    row = get(uow, calendar_id)
    users = used_by(uow, calendar_id)
    if users:
        raise Conflict(f"“{users[0].workflow_name}” uses this calendar. Choose another one there first.")
    uow.execute(delete(Calendar).where(Calendar.id == calendar_id))
    audit.record(uow, by, "calendar.removed", "calendar", calendar_id, {"name": row.name}, at)


def get(uow: UnitOfWork, calendar_id: str) -> Row[Any]:
    """Return the row; raises `NotFound`."""
    row = uow.execute(
        select(*Calendar.__table__.columns).where(Calendar.id == calendar_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such calendar.")
    return row


def used_by(uow: UnitOfWork, calendar_id: str) -> list[Row[Any]]:
    """Return the starts whose schedule names this calendar."""
    return list(uow.execute(
        select(Trigger.id, Trigger.name, Workflow.name.label("workflow_name"),
               Workflow.slug.label("workflow_slug"))
        .join(Workflow, Workflow.id == Trigger.workflow_id)
        .where(Trigger.removed_at.is_(None), cast(Trigger.config, Text).contains(calendar_id))
    ))


def _uses(calendar_id: str) -> ColumnElement[bool]:
    """Ids are unlike any other text, so that it is enough to find one in the schedule."""
    return cast(ProducerSchedule.schedule_value, Text).contains(calendar_id)


def _stored(days: Mapping[date, str]) -> dict[str, str]:
    if len(days) > _MOST_DAYS:
        raise Invalid(f"Enter {_MOST_DAYS:,} days or fewer.", field="days")
    return {day.isoformat(): label[:_LONGEST_NAME] for day, label in sorted(days.items())}


def _name(name: str) -> str:
    if not name.strip():
        raise Invalid("Enter a name.", field="name")
    return name.strip()[:_LONGEST_NAME]


def _taken(name: str) -> Invalid:
    return Invalid(f"There is a calendar called “{name}” already. Choose another name.", field="name",
                   code="taken")
