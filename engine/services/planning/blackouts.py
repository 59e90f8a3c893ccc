"""Shared blackouts: times in which nothing starts, for every workflow or for some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Invalid, NotFound
from engine.domain.ids import new_id
from engine.domain.time.clock_changes import ClockChange, instant
from engine.domain.time.zones import check_zone
from engine.models import Blackout, ProducerSchedule
from engine.services import audit
from engine.services.planning import schedules


@dataclass(frozen=True)
class Terms:
    """What a blackout says. `start` and `end` are local times in `timezone`; `workflow_ids` None: all."""

    name: str
    start: datetime
    end: datetime
    timezone: str
    note: str = ""
    workflow_ids: Sequence[str] | None = None


def add(uow: UnitOfWork, terms: Terms, *, by: str, at: datetime) -> str:
    """Add a blackout and return its id; the starts it concerns get their new next time."""
    blackout_id, columns = new_id(at), _columns(terms)
    uow.execute(insert(Blackout).values(
        id=blackout_id, created_by=by, created_at=at, updated_at=at, **columns))
    _follow(uow, columns["starts_at"], at)
    audit.record(uow, by, "blackout.added", "blackout", blackout_id, {"name": terms.name}, at)
    return blackout_id


def edit(uow: UnitOfWork, blackout_id: str, terms: Terms, *, by: str, at: datetime) -> None:
    """Replace what a blackout says."""
    row, columns = get(uow, blackout_id), _columns(terms)
    uow.execute(update(Blackout).where(Blackout.id == blackout_id).values(updated_at=at, **columns))
    _follow(uow, min(row.starts_at, columns["starts_at"]), at)
    audit.record(uow, by, "blackout.edited", "blackout", blackout_id, {"name": terms.name}, at)


def remove(uow: UnitOfWork, blackout_id: str, *, by: str, at: datetime) -> None:
    """Take a blackout away; times it held back that are still to come run again."""
    row = get(uow, blackout_id)
    uow.execute(delete(Blackout).where(Blackout.id == blackout_id))
    _follow(uow, row.starts_at, at)
    audit.record(uow, by, "blackout.removed", "blackout", blackout_id, {"name": row.name}, at)


def get(uow: UnitOfWork, blackout_id: str) -> Row[Any]:
    """Return the row; raises `NotFound`."""
    row = uow.execute(
        select(*Blackout.__table__.columns).where(Blackout.id == blackout_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such blackout.")
    return row


def _columns(terms: Terms) -> dict[str, Any]:
    if not terms.name.strip():
        raise Invalid("Enter a name.", field="name")
    zone = check_zone(terms.timezone)
    if terms.end <= terms.start:
        raise Invalid("The end must be after the start.", field="to")
    return {
        "name": terms.name.strip()[:200], "note": terms.note, "timezone": zone,
        "starts_at": instant(terms.start, zone, ClockChange()),
        "ends_at": instant(terms.end, zone, ClockChange()),
        "workflow_ids": list(terms.workflow_ids) if terms.workflow_ids is not None else None,
    }


def _follow(uow: UnitOfWork, since: datetime, at: datetime) -> None:
    """Plan afresh; a producer whose next time comes before the blackout keeps it in any case."""
    concerned: ColumnElement[bool] = or_(
        ProducerSchedule.next_run_at >= since, ProducerSchedule.next_run_at.is_(None)
    )
    schedules.replan(uow, at, concerned)
