"""What the pages of the calendar say: titles, where a line leads, and the words beside it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, url_for
from flask_login import current_user

from blueprints.shared.formats import clock_words
from blueprints.shared.words import Look, look
from blueprints.shown.decisions import iso_exact
from engine.domain.due.agenda import Clash, Filled, Line, Start
from engine.domain.due.calendar_slots import PARTS, VIEWS, Slot, step
from engine.domain.due.due_times import beat
from engine.domain.people.roles import Person
from engine.domain.runs.states import OUTCOMES
from engine.domain.words import MONTHS, WEEKDAYS, day_text

# How many lines there is room for in one cell; a page has two hundred rows at most.
ROOM: Final = {"month": 4, "week": 8, "day": 20, "list": 25}
VIEW_NAMES: Final = {"day": "Day", "week": "Week", "month": "Month", "list": "List"}
PART_NAMES: Final = dict(zip(PARTS, ("Night", "Morning", "Afternoon", "Evening"), strict=True))
_PLANNED: Final = Look("Planned", "clock", "plan")
_MOST_CLASHES: Final = 3
_SECOND: Final = timedelta(seconds=1)


def install(bp: Blueprint) -> None:
    """Give the templates of the calendar their filters."""
    for words in (line_look, line_path, line_times, schedule_path, beat, clash_words, slot_words, weekday,
                  short_clock):
        bp.add_app_template_filter(words)


def title(view: str, day: date, first: Slot, last: Slot) -> str:
    if view == "month":
        return f"{MONTHS[day.month - 1]} {day.year}"
    if view == "day":
        return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{day_text(first.day)} – {day_text(last.day)} {last.day.year}"


def views(view: str, asked: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Return the switches between the views: address, text, whether it is this one."""
    return [(address({**asked, "view": name}), VIEW_NAMES[name], name == view) for name in VIEWS]


def around(view: str, day: date, asked: dict[str, str]) -> dict[str, str]:
    """Return the addresses of what comes earlier, of today and of what comes later."""
    here = {**asked, "view": view}
    return {
        "earlier": address({**here, "from": step(view, day, -1).isoformat()}),
        "today": address({name: value for name, value in here.items() if name != "from"}),
        "later": address({**here, "from": step(view, day, 1).isoformat()}),
    }


def address(asked: dict[str, Any]) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{url_for('calendar.index')}?{urlencode(given)}" if given else url_for("calendar.index")


def line_look(line: Line) -> Look:
    return _PLANNED if line.is_planned else look(line.status)


def line_path(line: Line) -> str:
    """Lead to what can be done: one time to come, a start, one run, why there was none, or several runs."""
    if line.due_at and current_user.may("operator"):
        starts = f"/workflows/{line.start.workflow_slug}/starts/{line.start.trigger_id}"
        return f"{starts}/times/{iso_exact(line.due_at)}"
    if line.is_planned or line.due_at:
        return schedule_path(line.start)
    if line.run_id:
        return f"/executions/{line.run_id}"
    if line.start.trigger_id and line.status in OUTCOMES:
        day = local_day(line.first_at, current_user.timezone)
        return f"/workflows/{line.start.workflow_slug}/starts/{line.start.trigger_id}/why?day={day}"
    newer = line.last_at + _SECOND
    asked = {"workflow": line.start.workflow_slug, "status": line.status, "after": f"{newer.isoformat()},"}
    return f"/monitoring?{urlencode(asked)}"


def schedule_path(start: Start, person: Person | None = None) -> str:
    """Return where `person` (None: who asks for the page) changes or sees when it starts."""
    starts = f"/workflows/{start.workflow_slug}/starts"
    return f"{starts}/{start.trigger_id}/schedule" if (person or current_user).may("editor") else starts


def line_times(line: Line, zone: str) -> str:
    """Return "9:00 am", "9:00 and 9:30 am" or "9:00 am – 5:00 pm, 17 times"."""
    first, last = clock_words(line.first_at, zone), clock_words(line.last_at, zone)
    if line.times == 1:
        return first
    if first == last:
        return f"{first}, {line.times} times"
    return f"{first} and {last}" if line.times == 2 else f"{first} – {last}, {line.times} times"


def clash_words(clash: Clash, zone: str) -> str:
    return f"{len(clash.starts)} start at {clock_words(clash.at, zone)}"


def clash_notes(filled: Iterable[Filled], zone: str) -> list[tuple[Clash, int]]:
    """Return the worst clashes and on how many days there is one at that time of day."""
    days: dict[str, list[Clash]] = {}
    for clash in (clash for part in filled for clash in part.clashes):
        days.setdefault(clock_words(clash.at, zone), []).append(clash)
    worst = [(max(found, key=lambda clash: len(clash.starts)), len(found)) for found in days.values()]
    return sorted(worst, key=lambda note: (-len(note[0].starts), note[0].at))[:_MOST_CLASHES]


@lru_cache(maxsize=4096)
def short_clock(moment: datetime, zone: str) -> str:
    """Return "9 am", and "9:30 am" where there are minutes: cells are narrow."""
    return clock_words(moment, zone).replace(":00 ", " ")


def slot_words(slot: Slot) -> str:
    """Return an hour as the head of its row: "9 am"."""
    return f"{slot.hour % 12 or 12} {'am' if slot.hour < 12 else 'pm'}"


def weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()
