"""The calendar: a day, a week, a month or a list of what ran, what did not, and what will."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.calendar import calendar_shown
from blueprints.shared.extensions import reading
from engine import clock
from engine.domain.due.agenda import Agenda
from engine.domain.due.calendar_slots import PARTS, VIEWS, Slot, hours, slots
from engine.domain.errors import Invalid
from engine.queries.times import calendar
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows

bp = APIBlueprint("calendar", __name__, url_prefix="/calendar", enable_openapi=False)
calendar_shown.install(bp)

_HOUR_ROWS: Final = 100
_BANDS: Final = 10
_YEARS: Final = range(2000, 2101)


@bp.get("")
def index() -> ResponseReturnValue:
    at, zone = clock.now(), current_user.timezone
    today = calendar_shown.local_day(at, zone)
    day, view = _day(request.args.get("from"), today), _view()
    hour = _number("hour", 23) if view == "day" else None
    pieces = slots(view, day, zone, today)
    if hour is not None:
        pieces = [piece for piece in hours(day, zone) if piece.hour == hour] or pieces
    visible, workflow = may_see(current_user), _workflow()
    scope = calendar.Scope(visible, workflow.id if workflow else None)
    agenda = calendar.agenda(reading(), scope, pieces, at)
    coming = calendar.next_after(reading(), scope, pieces[-1].end, at) if agenda.is_empty else None
    return render_template("calendar/index.html", **_frame(view, day, pieces, agenda), **_content(
        view, agenda, hour=hour, page=_number("page", 1000) or 1), today=today, coming=coming,
        workflow_choices=_choices(workflow, agenda))


def _frame(view: str, day: date, pieces: Sequence[Slot], agenda: Agenda) -> dict[str, Any]:
    """Return what stands around the calendar: where one is and where one can go."""
    asked = {name: request.args.get(name, "") for name in ("workflow", "from")}
    days = sorted({piece.day for piece in pieces})
    return {
        "view": view, "day": day, "asked": asked, "is_default": not request.args.get("view"),
        "title": calendar_shown.title(view, day, pieces[0], pieces[-1]),
        "views": calendar_shown.views(view, asked), "go": calendar_shown.around(view, day, asked),
        "days_off": calendar.days_off(reading(), agenda.calendars, days),
    }


def _content(view: str, agenda: Agenda, *, hour: int | None, page: int) -> dict[str, Any]:
    """Return the calendar itself, cut into the rows of its table."""
    room = calendar_shown.ROOM[view] if hour is None else _HOUR_ROWS
    per_row = {"month": 7, "week": len(PARTS)}.get(view, 1)
    filled = agenda.filled
    return {
        "agenda": agenda, "rows": [filled[at:at + per_row] for at in range(0, len(filled), per_row)],
        "room": room, "bands": agenda.bands[:_BANDS], "more_bands": max(0, len(agenda.bands) - _BANDS),
        "clashes": calendar_shown.clash_notes(filled, current_user.timezone),
        "part_names": calendar_shown.PART_NAMES, "hour": hour, "page": page,
    }


def _workflow() -> Row[Any] | None:
    slug = request.args.get("workflow")
    return workflows.by_slug(reading(), may_see(current_user), slug) if slug else None


def _choices(chosen: Row[Any] | None, agenda: Agenda) -> list[tuple[str, str]]:
    """Offer what is in this part of the calendar: a list of everything could be endless."""
    first = [(chosen.slug, chosen.name)] if chosen else []
    return [("", "all"), *dict([*agenda.workflows, *first]).items()]


def _view() -> str:
    view = request.args.get("view") or "month"
    if view not in VIEWS:
        raise Invalid(f"Choose one of the views {', '.join(VIEWS)}", field="view")
    return view


def _day(text: str | None, today: date) -> date:
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise Invalid("Enter a day, like 2026-12-24", field="from")
    return day


def _number(name: str, most: int) -> int | None:
    text = request.args.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 6 else None
