"""Why did it run, or why not: one day of one start, a sentence for every due time."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import reading
from blueprints.shared.words import Look
from blueprints.workflows.pages import find, page
from engine import clock
from engine.domain.errors import NotFound
from engine.domain.words import day_text
from engine.queries.times import occurrences, why
from engine.queries.visibility import may_see

bp = APIBlueprint("why", __name__, enable_openapi=False)
bp.add_app_template_filter(lambda day: f"{day_text(day)} {day.year}", "date_in_words")

_YEARS: Final = range(2000, 2101)
_LOOKS: Final = {
    "ran": Look("Ran", "check", "ok"), "late": Look("Ran late", "clock", "wait"),
    "waiting": Look("Waiting", "hourglass", "idle"),
    "skipped": Look("Skipped", "chevrons-right", "idle"),
    "missed": Look("Missed", "circle-slash", "wait"), "planned": Look("Planned", "calendar", "idle"),
    "not_planned": Look("Not planned", "calendar-off", "idle"),
    "unknown": Look("Unclear", "circle-help", "wait"),
}


@bp.get("/workflows/<slug>/starts/<trigger_id>/why")
def show(slug: str, trigger_id: str) -> ResponseReturnValue:
    at, workflow, zone = clock.now(), find(slug), current_user.timezone
    start = occurrences.producer(reading(), may_see(current_user), trigger_id)
    if start.workflow_id != workflow.id:
        raise NotFound("There is no such start.")
    today = at.astimezone(ZoneInfo(zone)).date()
    asked = request.args.get("day", "")
    on = _day(asked) if asked else today
    found = why.day(reading(), trigger_id, on or today, at, zone)
    return page("why/show.html", workflow, at, start=start, day=found, on=on or today, looks=_LOOKS,
                before=(on or today) - timedelta(days=1), after=(on or today) + timedelta(days=1),
                is_odd=on is None, today=today)


@bp.app_template_filter("day_in")
def day_in(when: datetime, zone: str) -> str:
    """Return the day on which a moment falls, for an address."""
    return when.astimezone(ZoneInfo(zone)).date().isoformat()


@bp.app_template_filter("at_is_planned")
def is_open(kind: str) -> bool:
    """Whether people may still act on a time of this kind."""
    return kind == "planned"


def _day(written: str) -> date | None:
    """Return the day of the address; None when it is none that can be looked at."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if found.year in _YEARS else None
