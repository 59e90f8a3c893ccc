"""Whether a schedule will ever run and can keep its rules, and what to change if not."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from engine.domain.data import fields
from engine.domain.schedules.cautions import runs_a_day
from engine.domain.timetables.occurrences import alone, next_occurrence
from engine.domain.timetables.shapes import Span, Window
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import clock_text

_MOST_MOVED: Final = 24


def check_moves(schedule: Schedule) -> None:
    """Refuse to move a whole crowd of times onto another working day."""
    moves = schedule.holidays and schedule.holidays.rule in ("previous", "next")
    if moves and runs_a_day(schedule.rule, schedule.window) > _MOST_MOVED:
        fields.refuse("This runs too often to be moved to another working day. Run it anyway or skip it",
                      "holidays.rule", "crowd")


def check_future(schedule: Schedule, at: datetime) -> None:
    """Raise `Invalid` when nothing comes after `at`."""
    around = alone(schedule)
    if next_occurrence(schedule, at, around=around) is not None:
        return
    window = schedule.window
    if window and next_occurrence(replace(schedule, window=None), at, around=around):
        fields.refuse(f"This never falls {_hours(window)}. Change the hours or the times", "window", "never")
    if _shaping(schedule):
        fields.refuse("With these rules this never runs. Remove one of: "
                      + ", ".join(_shaping(schedule)), None, "never")
    fields.refuse("This will never run. Change the day or the month", schedule.kind, "never")


def _hours(window: Window) -> str:
    return f"between {clock_text(window.opens)} and {clock_text(window.closes)}"


def _shaping(schedule: Schedule) -> list[str]:
    named = {
        "hours": schedule.window,
        "holidays": schedule.holidays,
        "times left out": schedule.blackouts,
        "end date": schedule.span != Span(),
    }
    return [name for name, given in named.items() if given]
