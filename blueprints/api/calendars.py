"""Own calendars for programs."""

from datetime import date, datetime

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import calendars as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid
from engine.domain.time.ics import days_of
from engine.queries.times import calendars as queries
from engine.queries.visibility import may_see
from engine.services.planning import calendars

bp = APIBlueprint("api_calendars", __name__, url_prefix="/api/calendars", tag="Calendars")


@bp.get("")
@bp.output(schemas.CalendarList)
@bp.doc(security="token")
def index() -> Answer:
    """List own calendars by name."""
    uses = queries.uses(reading(), may_see(current_user))
    return schemas.CalendarList(calendars=[
        schemas.calendar(row, uses[row.id].count if row.id in uses else 0) for row in queries.own(reading())
    ])


@bp.post("")
@bp.input(schemas.NewCalendar, arg_name="new")
@bp.output(schemas.Calendar, status_code=201)
@bp.doc(security="token")
@requires("editor")
def create(new: schemas.NewCalendar) -> Answer:
    """Add a calendar; schedules follow it by its id."""
    at = clock.now()
    days = _days(new, at)
    if days is None:
        raise Invalid("Send “days”, or “ics” with the text of a file.", field="days", code="missing")
    with writing() as uow:
        calendar_id = calendars.add(uow, name=new.name, days=days, by=current_user.id, at=at,
                                    origin=calendars.FILE if new.ics else calendars.OWN)
    return _calendar(calendar_id)


@bp.get("/<calendar_id>")
@bp.output(schemas.Calendar)
@bp.doc(security="token")
def show(calendar_id: str) -> Answer:
    """Show a calendar with its days."""
    return _calendar(calendar_id)


@bp.patch("/<calendar_id>")
@bp.input(schemas.CalendarChanges, arg_name="changes")
@bp.output(schemas.Calendar)
@bp.doc(security="token")
@requires("editor")
def change(calendar_id: str, changes: schemas.CalendarChanges) -> Answer:
    """Rename a calendar or replace its days; every schedule that follows it gets its new next time."""
    at = clock.now()
    days = _days(changes, at)
    with writing() as uow:
        calendars.edit(uow, calendar_id, name=changes.name, days=days, by=current_user.id, at=at)
    return _calendar(calendar_id)


@bp.delete("/<calendar_id>")
@bp.output({}, status_code=204)
@bp.doc(security="token")
@requires("editor")
def delete(calendar_id: str) -> Answer:
    """Take a calendar away that no schedule follows."""
    with writing() as uow:
        calendars.remove(uow, calendar_id, by=current_user.id, at=clock.now())
    return ""


def _days(given: schemas.CalendarChanges, at: datetime) -> dict[date, str] | None:
    if given.days is not None and given.ics is not None:
        raise Invalid("Send either “days” or “ics”, not both.", field="ics", code="ambiguous")
    if given.ics is None:
        return given.read_days()
    try:
        return days_of(given.ics, at)
    except Invalid as error:
        raise Invalid(error.message, field="ics", code=error.error_code) from error


def _calendar(calendar_id: str) -> schemas.Calendar:
    row = queries.by_id(reading(), calendar_id)
    uses = queries.uses(reading(), may_see(current_user)).get(calendar_id)
    return schemas.calendar(row, uses.count if uses else 0)
