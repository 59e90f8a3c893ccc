"""What the coming clock changes do to a schedule."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final

from engine.domain.calendars import DaysOff
from engine.domain.cautions import Warning
from engine.domain.clock_changes import Change, ClockChange, changes, local_time
from engine.domain.cron_sentences import fixed_times
from engine.domain.occurrences import alone, occurrences
from engine.domain.rules import CronRule, Interval, Once, Place
from engine.domain.timetable import Schedule
from engine.domain.words import MONTHS, WEEKDAYS, clock_text, joined

_JUST: Final = timedelta(microseconds=1)
_AHEAD: Final = timedelta(days=400)
_SOON: Final = timedelta(days=14)
_PREVIEWED: Final = 5
_MOST_NAMED: Final = 3
_LONG: Final = timedelta(hours=1)


def clock_warnings(schedule: Schedule, at: datetime) -> Iterator[Warning]:
    """One warning for each change that touches a planned time, one for a change that is near."""
    coming = list(changes(schedule.timezone, at, at + _AHEAD))
    if isinstance(schedule.rule, Once) or not coming:
        return
    if isinstance(schedule.rule, Interval):
        yield from _drifting(schedule, coming[0], at)
        return
    touched = [warning for change in coming for warning in _touched(schedule, change, at)]
    yield from touched
    near = max([at + _SOON, *_coming(schedule, at, _PREVIEWED)])
    if not touched and coming[0].at <= near and not _by_the_clock(schedule):
        yield Warning("clock_change", f"Clocks change on {_day(coming[0], at)}. "
                      f"Runs stay at {_named(schedule, at)}.")


def _drifting(schedule: Schedule, change: Change, at: datetime) -> Iterator[Warning]:
    rule = schedule.rule
    if isinstance(rule, Interval) and rule.every > _LONG and not schedule.window:
        hint = ' For the same time every day choose "Every day".' if rule.every >= timedelta(days=1) else ""
        moves = "later" if change.after > change.before else "earlier"
        yield Warning("interval_shift", f"This counts real time, so when clocks change on "
                      f"{_day(change, at)} it moves to {moves} times of the day.{hint}")


def _touched(schedule: Schedule, change: Change, at: datetime) -> Iterator[Warning]:
    if _by_the_clock(schedule):
        return
    start, end = sorted((change.local_before, change.local_after))
    times = _planned(schedule, start, end)
    if not times:
        return
    choice = _choice(schedule)
    named = joined([clock_text(moment) for moment in times[:_MOST_NAMED]])
    night = _day(change, at)
    if change.after > change.before:
        verb = "do" if len(times) > 1 else "does"
        then = (f"this runs at {clock_text(change.local_after)}" if choice.forward == "shift"
                else "this does not run then")
        yield Warning("clock_forward", f"Clocks go forward on {night}. {named} {verb} not exist "
                      f"that night, so {then}.")
        return
    runs = {"first": "once, the first time", "second": "once, the second time", "both": "both times"}
    verb = "happen" if len(times) > 1 else "happens"
    yield Warning("clock_back", f"Clocks go back on {night}. {named} {verb} twice; "
                  f"this runs {runs[choice.back]}.")


def _planned(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """The rule's local times in [start, end), found by reading it where clocks never change."""
    place = Place("UTC", ClockChange(), DaysOff())
    found = schedule.rule.times(start.replace(tzinfo=UTC) - _JUST, place)
    return list(takewhile(lambda moment: moment < end.replace(tzinfo=UTC), found))


def _choice(schedule: Schedule) -> ClockChange:
    rule = schedule.rule
    return rule.cron.clock_change if isinstance(rule, CronRule) else schedule.clock_change


def _by_the_clock(schedule: Schedule) -> bool:
    """Expressions like */15 * * * * follow the clock on the wall and have no times of their own."""
    return isinstance(schedule.rule, CronRule) and not fixed_times(schedule.rule.cron)


def _named(schedule: Schedule, at: datetime) -> str:
    first = [local_time(moment, schedule.timezone) for moment in _coming(schedule, at, 25)]
    times = sorted({moment.time() for moment in first})
    if len(times) > _MOST_NAMED:
        return "the same local times"
    return f"{joined([clock_text(moment) for moment in times])} local time"


def _coming(schedule: Schedule, at: datetime, limit: int) -> Iterator[datetime]:
    return occurrences(schedule, at, limit=limit, around=alone(schedule))


def _day(change: Change, at: datetime) -> str:
    day = change.local_before
    year = f" {day.year}" if day.year != at.year else ""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1]}{year}"
