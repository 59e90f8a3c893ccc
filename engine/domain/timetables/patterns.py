"""Turning a cron expression into a pattern, only where the pattern means exactly the same."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from engine.domain.errors import Invalid
from engine.domain.time.clock_changes import changes, local_time
from engine.domain.time.cron import Cron, parse_cron
from engine.domain.time.cron_sentences import step
from engine.domain.time.months import DaysOfMonth
from engine.domain.timetables.occurrences import alone, occurrences
from engine.domain.timetables.pattern_texts import cron_text
from engine.domain.timetables.rules import CronRule, Daily, Interval, Monthly, Rule, Weekly
from engine.domain.timetables.shapes import EVERY_DAY, Window
from engine.domain.timetables.timetable import Schedule

_MOST_TIMES: Final = 8
_FEW: Final = 4
_COMPARED: Final = 500
_COMPARED_FOR: Final = timedelta(days=50 * 366)
_CHANGES_AHEAD: Final = timedelta(days=3 * 366)
_BEFORE: Final = timedelta(hours=4)
_AFTER: Final = timedelta(hours=26)
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)


def as_pattern(schedule: Schedule, at: datetime) -> Schedule | None:
    """Return the same schedule with a pattern in place of its cron expression; None where there is none.

    A pattern counts only if it gives the expression back, and the same times: the next ones and
    those around every change of the clocks in the coming years.
    """
    if not isinstance(schedule.rule, CronRule):
        return None
    cron = schedule.rule.cron
    candidates = [*_intervals(cron, schedule, at), *_at_times(cron, schedule, at)]
    if len(cron.minutes) * len(cron.hours) <= _FEW:
        candidates.reverse()
    return next((one for one in candidates if _is_same(schedule, cron, one, at)), None)


def _intervals(cron: Cron, schedule: Schedule, at: datetime) -> Iterator[Schedule]:
    every = _beat(cron)
    if every is None or len(cron.days) < 31 or len(cron.months) < 12:
        return
    local = local_time(at, schedule.timezone)
    midnight = at.astimezone(UTC) - (local - local.replace(hour=0, minute=0, second=0, microsecond=0))
    rule = replace(schedule, rule=Interval(every, "clock", midnight))
    hours, days = cron.hours, tuple(sorted((day - 1) % 7 for day in cron.weekdays))
    if days == EVERY_DAY and (len(hours) == 24 or every > _HOUR):
        yield rule
    elif schedule.window is None and every <= _HOUR and _is_row(hours):
        whole = len(hours) == 24
        last = time() if whole else time(hours[-1], cron.minutes[-1])
        yield replace(rule, window=Window(time(hours[0]), last, days))


def _beat(cron: Cron) -> timedelta | None:
    """The even distance of the times of a day, if they have one."""
    minutes, hours = step(cron.minutes, 60), step(cron.hours, 24)
    if minutes and _is_row(cron.hours):
        return _MINUTE * minutes
    return _HOUR * hours if hours and cron.minutes == (0,) else None


def _is_row(hours: tuple[int, ...]) -> bool:
    return hours == tuple(range(hours[0], hours[-1] + 1))


def _at_times(cron: Cron, schedule: Schedule, at: datetime) -> Iterator[Schedule]:
    if len(cron.minutes) * len(cron.hours) > _MOST_TIMES:
        return
    times = tuple(time(hour, minute) for hour in cron.hours for minute in cron.minutes)
    rule = _on_days(cron, times, local_time(at, schedule.timezone).year)
    if rule is not None:
        yield replace(schedule, rule=rule, clock_change=cron.clock_change)


def _on_days(cron: Cron, times: tuple[time, ...], year: int) -> Rule | None:
    every_day, every_weekday = len(cron.days) == 31, len(cron.weekdays) == 7
    if every_day and len(cron.months) == 12:
        return Daily(times) if every_weekday else (
            Weekly(tuple(sorted((day - 1) % 7 for day in cron.weekdays)), times))
    distance = 12 // len(cron.months)
    first = cron.months[0]
    if every_day or not every_weekday or cron.months != tuple(range(first, 13, distance)) or first > distance:
        return None
    anchor = None if distance == 1 else date(year, first, 1)
    return Monthly(DaysOfMonth(cron.days, short_month="skip"), times, distance, anchor)


def _is_same(schedule: Schedule, cron: Cron, pattern: Schedule, at: datetime) -> bool:
    text = cron_text(pattern)
    return text is not None and _means_the_same(parse_cron(text), cron) and (
        _times(schedule, at) == _times(pattern, at))


def _means_the_same(one: Cron, other: Cron) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in (
        "minutes", "hours", "days", "months", "weekdays", "clock_change", "either_day"))


def _times(schedule: Schedule, at: datetime) -> list[datetime]:
    """The next times, and those around the changes of the clocks."""
    found: list[datetime] = []
    try:
        found += occurrences(schedule, at, at + _COMPARED_FOR, _COMPARED, around=alone(schedule))
        for change in changes(schedule.timezone, at, at + _CHANGES_AHEAD):
            start = max(at, change.at - _BEFORE)
            found += occurrences(schedule, start, change.at + _AFTER, _COMPARED, around=alone(schedule))
    except Invalid:
        return []
    return found
