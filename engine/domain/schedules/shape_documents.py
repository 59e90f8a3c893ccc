"""What shapes a schedule as a document, and back again."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from engine.domain.data import fields
from engine.domain.time.calendars import check_country, is_country
from engine.domain.time.durations import format_duration, parse_duration
from engine.domain.timetables.shapes import EVERY_DAY, Blackout, HolidayRule, Jitter, Span, Window
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import MONTHS

SPAN_KEYS: Final = ("start_on", "end_on", "end_after", "counted_from")
KEYS: Final = (*SPAN_KEYS, "holidays", "window", "blackouts", "jitter")
_MOST_COUNTED: Final = 1_000
_MOST_ENTRIES: Final = 100
_LONGEST_JITTER: Final = timedelta(days=1)


def read_span(given: Mapping[str, Any], at: datetime) -> Span:
    start, end = (fields.day(given[key], key) if key in given else None for key in ("start_on", "end_on"))
    if start and end and end < start:
        fields.refuse(f"The end date must be after {_long(start)}", "end_on")
    if "end_after" not in given:
        return Span(start, end)
    count = fields.number(given["end_after"], "end_after", 1, _MOST_COUNTED)
    counted = fields.moment(given["counted_from"], "counted_from") if "counted_from" in given else at
    return Span(start, end, count, fields.in_utc(counted))


def read_holidays(given: Mapping[str, Any]) -> HolidayRule | None:
    if "holidays" not in given:
        return None
    part = fields.group(given["holidays"], "holidays", ("calendars", "rule"))
    names = fields.listed(part.get("calendars"), "holidays.calendars", "Choose at least one calendar")
    for name in names[:_MOST_ENTRIES]:
        if not isinstance(name, str):
            fields.refuse("Choose a calendar from the list", "holidays.calendars")
        if is_country(name):
            check_country(name, "holidays.calendars")
    rule = fields.one_of(part.get("rule", "skip"), "holidays.rule", ("run", "skip", "previous", "next"))
    return HolidayRule(tuple(names), rule)


def read_window(given: Mapping[str, Any]) -> Window | None:
    if "window" not in given:
        return None
    part = fields.group(given["window"], "window", ("from", "to", "days", "outside"))
    return Window(
        fields.clock(part.get("from"), "window.from"),
        fields.clock(part.get("to"), "window.to"),
        fields.weekdays(part["days"], "window.days") if "days" in part else EVERY_DAY,
        fields.one_of(part.get("outside", "skip"), "window.outside", ("skip", "wait")),
    )


def read_blackouts(given: Mapping[str, Any]) -> tuple[Blackout, ...]:
    if not given.get("blackouts"):
        return ()
    found = []
    values = fields.listed(given["blackouts"], "blackouts", "Enter a list of times to leave out")
    for position, value in enumerate(values[:_MOST_ENTRIES]):
        field = f"blackouts.{position}"
        part = fields.group(value, field, ("from", "to", "note"))
        start = fields.local(part.get("from"), f"{field}.from")
        end = fields.local(part.get("to"), f"{field}.to")
        if end <= start:
            fields.refuse("The end must be after the start", f"{field}.to")
        found.append(Blackout(start, end, str(part.get("note", ""))[:200]))
    return tuple(sorted(found, key=lambda blackout: (blackout.start, blackout.end)))


def read_jitter(given: Mapping[str, Any], at: datetime) -> Jitter | None:
    if "jitter" not in given:
        return None
    value = given["jitter"]
    part = fields.group({"up_to": value} if isinstance(value, str) else value, "jitter", ("up_to", "seed"))
    length = parse_duration(part.get("up_to", ""), field="jitter.up_to")
    if length > _LONGEST_JITTER:
        fields.refuse("Enter 1 day or less", "jitter.up_to")
    # Saved at different moments or with different contents, schedules spread differently.
    own = blake2b(f"{at.isoformat()} {sorted(given.items(), key=str)}".encode(), digest_size=6)
    return Jitter(length, str(part.get("seed", own.hexdigest()))[:64])


def write(schedule: Schedule) -> dict[str, Any]:
    written = _span(schedule.span)
    holidays, window, jitter = schedule.holidays, schedule.window, schedule.jitter
    if holidays:
        written["holidays"] = {"calendars": list(holidays.calendars), "rule": holidays.rule}
    if window:
        written["window"] = {
            "from": f"{window.opens:%H:%M}", "to": f"{window.closes:%H:%M}",
            "days": [fields.WEEKDAY_KEYS[day] for day in window.days], "outside": window.outside,
        }
    if schedule.blackouts:
        written["blackouts"] = [_blackout(blackout) for blackout in schedule.blackouts]
    if jitter:
        written["jitter"] = {"up_to": format_duration(jitter.up_to), "seed": jitter.seed}
    return written


def _span(span: Span) -> dict[str, Any]:
    days = {"start_on": span.start_on, "end_on": span.end_on}
    written: dict[str, Any] = {key: day.isoformat() for key, day in days.items() if day}
    if span.end_after and span.counted_from:
        written |= {"end_after": span.end_after, "counted_from": fields.utc_text(span.counted_from)}
    return written


def _blackout(blackout: Blackout) -> dict[str, Any]:
    written = {"from": _minutes(blackout.start), "to": _minutes(blackout.end)}
    return {**written, "note": blackout.note} if blackout.note else written


def _minutes(local: datetime) -> str:
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def _long(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
