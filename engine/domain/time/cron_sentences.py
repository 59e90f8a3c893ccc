"""A cron expression in words."""

from collections.abc import Sequence
from datetime import time
from typing import Final

from engine.domain.time.cron import Cron
from engine.domain.words import MONTHS, WEEKDAYS, clock_text, joined, ordinal

_MOST_TIMES: Final = 6


def times_in_words(cron: Cron) -> str:
    """Write "At 9:00 am", "Every 15 minutes" or the hours one by one."""
    if fixed := fixed_times(cron):
        return f"At {joined([clock_text(moment) for moment in fixed])}"
    return _minutes(cron) + _hours(cron)


def days_in_words(cron: Cron) -> str:
    """Write what limits the days, starting with a space or a comma; every day says so itself."""
    by_day, by_weekday = _days(cron), _weekdays(cron)
    if by_day and by_weekday:
        found = f"{by_day} and also{by_weekday}" if cron.either_day else (
            f"{by_weekday} that is{by_day.removeprefix(' on')}")
    elif cron.weekdays == (1, 2, 3, 4, 5) and not by_day:
        found = ", Monday to Friday"
    else:
        found = by_day or by_weekday
    return (found or (" every day" if fixed_times(cron) else "")) + _months(cron)


def fixed_times(cron: Cron) -> list[time]:
    """The times of a day where they are few enough to be named."""
    if len(cron.minutes) * len(cron.hours) > _MOST_TIMES:
        return []
    return [time(hour, minute) for hour in cron.hours for minute in cron.minutes]


def step(values: Sequence[int], size: int) -> int | None:
    """The even distance of values that fill a whole hour or day."""
    distance = size // len(values)
    return distance if list(values) == list(range(0, size, distance)) and size % distance == 0 else None


def _minutes(cron: Cron) -> str:
    distance = step(cron.minutes, 60)
    if distance == 60:
        return "Every hour, on the hour" if len(cron.hours) == 24 else "On the hour"
    if distance:
        return "Every minute" if distance == 1 else f"Every {distance} minutes"
    return f"At {joined([f':{minute:02}' for minute in cron.minutes])} past the hour"


def _hours(cron: Cron) -> str:
    hours, distance = cron.hours, step(cron.hours, 24)
    if len(hours) == 24:
        return ""
    if list(hours) == list(range(hours[0], hours[-1] + 1)):
        last = time(hours[-1], cron.minutes[-1])
        return f" between {clock_text(time(hours[0], cron.minutes[0]))} and {clock_text(last)}"
    if distance:
        return f" of every {ordinal(distance)} hour"
    return f" in the hours {joined([clock_text(time(hour)) for hour in hours])}"


def _days(cron: Cron) -> str:
    if len(cron.days) == 31:
        return ""
    return f" on the {joined([ordinal(day) for day in cron.days])} of the month"


def _weekdays(cron: Cron) -> str:
    if len(cron.weekdays) == 7:
        return ""
    names = [WEEKDAYS[(day - 1) % 7] for day in sorted(cron.weekdays, key=lambda day: (day - 1) % 7)]
    return f" on every {joined(names)}"


def _months(cron: Cron) -> str:
    if len(cron.months) == 12:
        return ""
    return f" in {joined([MONTHS[month - 1] for month in cron.months])}"
