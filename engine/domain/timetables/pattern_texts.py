"""A pattern as a cron expression, where there is one with the same meaning."""

from datetime import time, timedelta
from itertools import product
from typing import Final

from engine.domain.time.clock_changes import ClockChange
from engine.domain.time.months import DaysOfMonth
from engine.domain.timetables.rules import Daily, Interval, Monthly, Weekly
from engine.domain.timetables.shapes import EVERY_DAY, Window
from engine.domain.timetables.timetable import Schedule

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_LONGEST_MONTH_DAY: Final = 28


def cron_text(schedule: Schedule) -> str | None:
    """Return the expression; hours that limit an interval become part of it."""
    rule = schedule.rule
    if isinstance(rule, Interval):
        return _interval(rule.every, schedule.window)
    if not isinstance(rule, Daily | Weekly | Monthly):
        return None
    times = _grid(rule.at, starred=schedule.clock_change != ClockChange())
    if times is None:
        return None
    if isinstance(rule, Daily):
        return f"{times} * * *" if rule.every == 1 else None
    if isinstance(rule, Weekly):
        return f"{times} * * {_weekdays(rule.days)}" if rule.every == 1 else None
    return _monthly(times, rule)


def _interval(every: timedelta, window: Window | None) -> str | None:
    if every < _HOUR:
        minutes = "*" if every == _MINUTE else f"*/{every // _MINUTE}"
        if _HOUR % every or every % _MINUTE:
            return None
        last = 60 - every // _MINUTE
    elif every == _HOUR:
        minutes, last = "0", 0
    else:
        whole = not _DAY % every and not every % _HOUR and window is None
        return f"0 {f'*/{every // _HOUR}' if every < _DAY else '0'} * * *" if whole else None
    if window is None:
        return f"{minutes} * * * *"
    days = _weekdays(window.days)
    if window.opens == window.closes == time():
        return f"{minutes} * * * {days}"
    if window.past_midnight or window.opens.minute or window.closes.minute != last:
        return None
    return f"{minutes} {_row(window.opens.hour, window.closes.hour)} * * {days}"


def _monthly(times: str, rule: Monthly) -> str | None:
    on = rule.on
    if not isinstance(on, DaysOfMonth) or on.last or 12 % rule.every:
        return None
    if on.short_month == "last" and on.days[-1] > _LONGEST_MONTH_DAY:
        return None
    days = ",".join(map(str, on.days))
    if rule.anchor is None:
        return f"{times} {days} * *"
    first = (rule.anchor.month - 1) % rule.every + 1
    return f"{times} {days} {','.join(map(str, range(first, 13, rule.every)))} *"


def _grid(times: tuple[time, ...], *, starred: bool) -> str | None:
    """Minutes and hours that multiply to these times. `starred`: they follow the clock on the wall."""
    minutes = sorted({moment.minute for moment in times})
    hours = sorted({moment.hour for moment in times})
    if [time(*pair) for pair in product(hours, minutes)] != list(times):
        return None
    if not starred:
        return f"{','.join(map(str, minutes))} {','.join(map(str, hours))}"
    distance, further = 60 // len(minutes), 24 // len(hours)
    if minutes == list(range(0, 60, distance)):
        return f"*/{distance} {','.join(map(str, hours))}"
    return f"{','.join(map(str, minutes))} */{further}" if hours == list(range(0, 24, further)) else None


def _weekdays(days: tuple[int, ...]) -> str:
    return "*" if days == EVERY_DAY else ",".join(str((day + 1) % 7) for day in days)


def _row(first: int, last: int) -> str:
    return f"{first}-{last}" if last > first else f"{first}"
