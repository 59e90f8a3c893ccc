"""The first half of the sentence: how often, on which days, at what times, in which zone."""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Final

from engine.domain.time.clock_changes import local_time
from engine.domain.time.cron_sentences import days_in_words, times_in_words
from engine.domain.time.months import LAST, DaysOfMonth, MonthlyDay, NthWeekday
from engine.domain.timetables.rules import CronRule, Daily, Interval, Monthly, Once, Weekly
from engine.domain.timetables.shapes import EVERY_DAY, Window
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import (
    MONTHS,
    ORDINALS,
    WEEKDAYS,
    clock_text,
    counted,
    date_text,
    day_text,
    joined,
    ordinal,
    zone_text,
)

_HOUR: Final = timedelta(hours=1)
_ON_THE_CLOCK: Final = {
    timedelta(minutes=15): ", on the quarter hour",
    timedelta(minutes=30): ", on the hour and the half hour",
    timedelta(hours=1): ", on the hour",
}
_WORKWEEK: Final = (0, 1, 2, 3, 4)
_SHORTEST_MONTH: Final = 28
_A_YEAR: Final = 12
_UNITS: Final = ((3600, "hour"), (60, "minute"), (1, "second"))
_NO_LEAP_YEAR: Final = 2027


def rule_sentence(schedule: Schedule, at: datetime | None) -> str:
    rule, zone = schedule.rule, zone_text(schedule.timezone)
    if isinstance(rule, Interval):
        return _interval(rule, schedule)
    if isinstance(rule, CronRule):
        either = " (Cron runs when either matches.)" if "and also" in days_in_words(rule.cron) else ""
        return f"{times_in_words(rule.cron)}{days_in_words(rule.cron)}, {zone}.{either}"
    if isinstance(rule, Once):
        return _once(rule, schedule, at)
    if isinstance(rule, Daily):
        return f"{_every(rule.every, 'day')} at {_at(rule)}, {zone}{_from_day(rule)}."
    if isinstance(rule, Weekly):
        return f"{_week(rule)} at {_at(rule)}, {zone}{_from_week(rule)}."
    assert isinstance(rule, Monthly)
    return _monthly(rule, zone)


def _monthly(rule: Monthly, zone: str) -> str:
    if day := _day_of_the_year(rule):
        return f"Every year on {day} at {_at(rule)}, {zone}."
    return f"On the {_month(rule)} at {_at(rule)}, {zone}{_from_month(rule)}.{_short_month(rule.on)}"


def window_hours(window: Window) -> str:
    """Write "between 9:00 am and 5:00 pm, Monday to Friday"."""
    if window.opens == window.closes and not window.opens.hour + window.opens.minute:
        return f"on {_day_names(window.days)}"
    next_day = " the next day" if window.past_midnight else ""
    hours = f"between {clock_text(window.opens)} and {clock_text(window.closes)}{next_day}"
    return hours if window.days == EVERY_DAY else f"{hours}, {_day_names(window.days)}"


def _interval(rule: Interval, schedule: Schedule) -> str:
    often = _often(rule.every)
    if schedule.window:
        waits = " What falls outside waits." if schedule.window.outside == "wait" else ""
        return f"{often} {window_hours(schedule.window)}, {zone_text(schedule.timezone)}.{waits}"
    if rule.align == "clock" and rule.every <= _HOUR:
        return f"{often}{_ON_THE_CLOCK.get(rule.every, '')}."
    start = local_time(rule.anchor, schedule.timezone)
    return f"{often}, counted from {day_text(start)} {clock_text(start)}."


def _often(every: timedelta) -> str:
    """In one unit, and never in days: a day of an interval is 24 hours, whatever the clock does."""
    seconds = round(every.total_seconds())
    size, unit = next(pair for pair in _UNITS if seconds % pair[0] == 0)
    number = seconds // size
    return f"Every {unit}" if number == 1 else f"Every {number} {unit}s"


def _once(rule: Once, schedule: Schedule, at: datetime | None) -> str:
    local = local_time(rule.moment, schedule.timezone)
    distance = ""
    if at:
        days = (local.date() - local_time(at, schedule.timezone).date()).days
        distance = f" (in {counted(days, 'day')})" if days else " (today)"
    when = f"{day_text(local)} {local.year} at {clock_text(local)}"
    return f"One time: {when}, {zone_text(schedule.timezone)}{distance}."


def _at(rule: Daily | Weekly | Monthly) -> str:
    return joined([clock_text(moment) for moment in rule.at])


def _every(number: int, unit: str) -> str:
    if number == 1:
        return f"Every {unit}"
    return f"Every second {unit}" if number == 2 else f"Every {number} {unit}s"


def _week(rule: Weekly) -> str:
    if rule.every > 1:
        return f"{_every(rule.every, 'week')} on {joined([WEEKDAYS[day] for day in rule.days])}"
    if rule.days == EVERY_DAY:
        return "Every day"
    if rule.days == _WORKWEEK:
        return "Every weekday (Mon–Fri)"
    return f"Every {joined([WEEKDAYS[day] for day in rule.days])}"


def _day_names(days: tuple[int, ...]) -> str:
    return "Monday to Friday" if days == _WORKWEEK else joined([WEEKDAYS[day] for day in days])


def _month(rule: Monthly) -> str:
    every = "every month" if rule.every == 1 else f"every {ordinal(rule.every)} month"
    if rule.every == 2:
        every = "every second month"
    return f"{_month_day(rule.on)} of {every}"


def _day_of_the_year(rule: Monthly) -> str | None:
    """Write "24 December" where one day comes once a year."""
    on, month = rule.on, rule.anchor
    if month is None or rule.every != _A_YEAR or not isinstance(on, DaysOfMonth) or on.last:
        return None
    if len(on.days) != 1 or on.days[0] > monthrange(_NO_LEAP_YEAR, month.month)[1]:
        return None
    return f"{on.days[0]} {MONTHS[month.month - 1]}"


def _month_day(on: MonthlyDay) -> str:
    if isinstance(on, DaysOfMonth):
        return joined([*(ordinal(day) for day in on.days), *(["last day"] if on.last else [])])
    nth = "last" if on.nth == LAST else ORDINALS[on.nth - 1]
    return f"{nth} {WEEKDAYS[on.weekday] if isinstance(on, NthWeekday) else 'working day'}"


def _short_month(on: MonthlyDay) -> str:
    if not isinstance(on, DaysOfMonth) or not on.days or on.days[-1] <= _SHORTEST_MONTH:
        return ""
    if on.short_month == "last":
        return " In shorter months, on the last day."
    return " Months without that day are left out."


def _from_day(rule: Daily) -> str:
    return f", counting from {date_text(rule.anchor)}" if rule.anchor else ""


def _from_week(rule: Weekly) -> str:
    if rule.anchor is None:
        return ""
    return f", counting from the week of {rule.anchor.day} {MONTHS[rule.anchor.month - 1][:3]}"


def _from_month(rule: Monthly) -> str:
    return f", counting from {MONTHS[rule.anchor.month - 1]} {rule.anchor.year}" if rule.anchor else ""
