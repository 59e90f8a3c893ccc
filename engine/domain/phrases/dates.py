"""One time: today, tomorrow, a date, or in two hours."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from engine.domain.phrases.spelling import DAY, DAYS, MONTH, MONTHS
from engine.domain.phrases.times import Reading
from engine.domain.time.clock_changes import local_time
from engine.domain.words import date_text, day_text

_DAY: Final = timedelta(days=1)
_UNITS: Final = {"sec": timedelta(seconds=1), "min": timedelta(minutes=1), "hour": timedelta(hours=1),
                 "day": _DAY, "week": 7 * _DAY}
_SOON: Final = re.compile(r"in (?P<n>\d{1,4}|an?) (?P<unit>sec|min|hour|day|week)")
_NAMED: Final = re.compile(rf"(?P<which>today|tomorrow|(?:next|this) (?P<day>{DAY}))")
MONTH_DAY: Final = rf"#?(?P<d1>\d{{1,2}}) (?P<m1>{MONTH})|(?P<m2>{MONTH}) #?(?P<d2>\d{{1,2}})"
_DATE: Final = re.compile(
    rf"(?:(?P<weekday>{DAY}) )?(?:(?P<iso>\d{{4}}-\d\d-\d\d)|{MONTH_DAY})"
    r"(?: (?P<year>\d{4}))?(?: \(in \d+ day\))?"
)

_ONLY_ONCE: Final = re.compile(r"^(?:only |just )?(?:once|1 time)\b|\b(?:once|1 time)(?: only)?$")


def read_once(reading: Reading) -> dict[str, Any] | None:
    forms: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Reading], str | None]], ...] = (
        (_SOON, _soon), (_NAMED, _named), (_DATE, _dated),
    )
    rest = _ONLY_ONCE.sub("", reading.rest).strip()
    for form, read in forms:
        if found := form.fullmatch(rest):
            moment = read(found, reading)
            return {"once": moment} if moment else None
    return None


def _soon(found: re.Match[str], reading: Reading) -> str | None:
    number = int(found["n"]) if found["n"].isdigit() else 1
    moment = reading.at + number * _UNITS[found["unit"]]
    if reading.times and found["unit"] in ("day", "week"):
        return _on(local_time(moment, reading.timezone).date(), reading)
    if reading.times:
        return None
    if found["unit"] != "sec":
        moment = moment.replace(second=0)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _named(found: re.Match[str], reading: Reading) -> str | None:
    today = local_time(reading.at, reading.timezone).date()
    if found["day"] is None:
        return _on(today + _DAY * (found["which"] == "tomorrow"), reading)
    ahead = (DAYS.index(found["day"]) - today.weekday()) % 7
    if ahead == 0 and found["which"].startswith("next"):
        ahead = 7
    day = today + _DAY * ahead
    reading.assumptions.append(f"That is {day_text(day)}")
    return _on(day, reading)


def _dated(found: re.Match[str], reading: Reading) -> str | None:
    day = read_date(found, reading)
    if day is None or (found["weekday"] and DAYS[day.weekday()] != found["weekday"]):
        return None
    return _on(day, reading)


def read_date(found: re.Match[str], reading: Reading) -> date | None:
    """Return the day that `MONTH_DAY`, a year or an ISO date name; None when there is no such day."""
    try:
        if found["iso"]:
            return None if found["year"] else date.fromisoformat(found["iso"])
        number, month = int(found["d1"] or found["d2"]), MONTHS.index(found["m1"] or found["m2"]) + 1
        if found["year"]:
            return date(int(found["year"]), month, number)
        return _coming(number, month, reading)
    except ValueError:
        return None


def _coming(number: int, month: int, reading: Reading) -> date:
    today = local_time(reading.at, reading.timezone).date()
    day = date(today.year, month, number)
    day = day if day >= today else date(today.year + 1, month, number)
    reading.assumptions.append(f"We assumed {date_text(day)}")
    return day


def _on(day: date, reading: Reading) -> str | None:
    times = reading.clock_times()
    return datetime.combine(day, time.fromisoformat(times[0])).isoformat(timespec="minutes") if (
        len(times) == 1) else None
