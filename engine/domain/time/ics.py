"""Days off from an uploaded calendar file (RFC 5545): all-day events, their length, and every year again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final, NoReturn

from engine.domain.errors import Invalid

_LARGEST: Final = 1_000_000
_MOST_DAYS: Final = 5_000
_LONGEST: Final = timedelta(days=366)
_YEARS_BACK, _YEARS_AHEAD = 2, 10
_DAY: Final = timedelta(days=1)
_ESCAPED: Final = {"\\n": " ", "\\N": " ", "\\,": ",", "\\;": ";", "\\\\": "\\"}
_RULE_PARTS: Final = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "WKST")


@dataclass
class _Event:
    name: str = "Day off"
    start: date | None = None
    end: date | None = None
    rule: dict[str, str] = field(default_factory=dict)
    left_out: set[date] = field(default_factory=set)
    cancelled: bool = False


def days_of(text: str, at: datetime) -> dict[date, str]:
    """Return the days off with their names, from two years ago to ten years ahead.

    Raises `Invalid` for what can't be read in full: half a calendar is worse than none.
    """
    if len(text) > _LARGEST:
        _refuse("This file is too large. It may have 1 MB at most")
    lines = [line for line in re.sub(r"\r?\n[ \t]", "", text.lstrip("\ufeff")).splitlines() if line.strip()]
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        _refuse("This is not a calendar file. It must start with BEGIN:VCALENDAR")
    years = at.year - _YEARS_BACK, at.year + _YEARS_AHEAD
    named = ((day, event.name) for event in _events(lines) for day in _days(event, *years))
    found = list(islice(named, _MOST_DAYS + 1))
    if not 0 < len(found) <= _MOST_DAYS:
        _refuse(f"This file must name between 1 and {_MOST_DAYS:,} days off")
    return dict(sorted(found, reverse=True)[::-1])


def _events(lines: list[str]) -> Iterator[_Event]:
    event, inside = None, ""
    for line in lines:
        head, _, value = line.partition(":")
        name = head.upper().partition(";")[0]
        if name == "BEGIN":
            inside = value.strip().upper()
            event = _Event() if inside == "VEVENT" else event
        elif name == "END" and value.strip().upper() == "VEVENT" and event:
            yield event
            event = None
        elif name == "END":
            inside = "VEVENT" if event else ""
        elif event and inside == "VEVENT":
            _read(event, name, value.strip())
    if event:
        _refuse("This file ends in the middle of an event")


def _read(event: _Event, name: str, value: str) -> None:
    if name == "SUMMARY":
        event.name = re.sub(r"\\[nN,;\\]", lambda found: _ESCAPED[found[0]], value)[:200] or event.name
    elif name in ("DTSTART", "DTEND"):
        setattr(event, name[2:].lower(), _date(value, event))
    elif name == "EXDATE":
        event.left_out.update(_date(part, event) for part in value.split(","))
    elif name == "RRULE":
        event.rule = dict(part.split("=", 1) for part in value.upper().split(";") if "=" in part)
    elif name == "STATUS":
        event.cancelled = value.upper() == "CANCELLED"
    elif name in ("RDATE", "DURATION"):
        _refuse(f"“{event.name}” uses {name}, which can't be read. Enter these days by hand")


def _days(event: _Event, first_year: int, last_year: int) -> Iterator[date]:
    if event.start is None:
        _refuse(f"The event “{event.name}” has no date")
    length = (event.end or event.start + _DAY) - event.start
    if not timedelta() < length <= _LONGEST:
        _refuse(f"The event “{event.name}” must last between 1 and 366 days")
    for start in [] if event.cancelled else _starts(event, event.start, last_year):
        if start not in event.left_out and start.year >= first_year:
            yield from (start + _DAY * number for number in range(length.days))


def _starts(event: _Event, start: date, last_year: int) -> Iterator[date]:
    if not event.rule:
        yield start
        return
    every, count, until = _yearly(event, start)
    for number, year in enumerate(range(start.year, last_year + 1, every)):
        leap = (start.month, start.day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400))
        if (count and number >= count) or (until and date(year, start.month, 1) > until):
            return
        if not leap and not (until and start.replace(year=year) > until):
            yield start.replace(year=year)


def _yearly(event: _Event, start: date) -> tuple[int, int | None, date | None]:
    rule = event.rule
    same_day = rule.get("BYMONTH", str(start.month)) == str(start.month) and (
        rule.get("BYMONTHDAY", str(start.day)) == str(start.day))
    if rule.get("FREQ") != "YEARLY" or set(rule) - set(_RULE_PARTS) or not same_day:
        _refuse(f"“{event.name}” repeats in a way that can't be read. Only the same day every year can")
    every, count = (rule.get(key, "1") for key in ("INTERVAL", "COUNT"))
    if not re.fullmatch(r"[1-9][0-9]{0,2},[1-9][0-9]{0,2}", f"{every},{count}"):
        _refuse(f"“{event.name}” repeats in a way that can't be read")
    until = _date(rule["UNTIL"][:8], event) if "UNTIL" in rule else None
    return int(every), int(count) if "COUNT" in rule else None, until


def _date(value: str, event: _Event) -> date:
    if not re.fullmatch(r"(19|20|21)[0-9]{6}", value):
        _refuse(f"“{event.name}” has a time of day ({value[:20]}). Only all-day events can be days off")
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        _refuse(f"“{event.name}” is on a day that does not exist: {value}")


def _refuse(message: str) -> NoReturn:
    raise Invalid(message, field="file", code="calendar.unreadable")
