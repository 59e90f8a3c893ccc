"""Base rules as documents: what people, files and the API write, and back again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, TypeVar

from engine.domain.data import fields
from engine.domain.schedules import month_documents
from engine.domain.time.clock_changes import ClockChange, instant, local_time
from engine.domain.time.cron import parse_cron
from engine.domain.time.durations import format_duration, in_words, parse_duration
from engine.domain.timetables.rules import (
    CronRule,
    Daily,
    Interval,
    Monthly,
    Once,
    Place,
    Rule,
    Weekly,
    first_day,
)
from engine.domain.words import clock_text, day_text

KINDS: Final = ("interval", "cron", "daily", "weekly", "monthly", "once")
INTERVAL_KEYS: Final = ("align", "anchor")
Counting = TypeVar("Counting", Daily, Weekly, Monthly)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MOST: Final = {"daily": 365, "weekly": 52, "monthly": 120}


@dataclass(frozen=True)
class Entry:
    """The circumstances in which a rule is written down."""

    at: datetime
    place: Place
    counts_from: datetime
    floor: timedelta
    stored: bool


def read_rule(kind: str, document: Mapping[str, Any], entry: Entry) -> Rule:
    return _READERS[kind](document, entry)


def write_rule(rule: Rule, zone: str) -> dict[str, Any]:
    if isinstance(rule, Interval):
        return {"interval": format_duration(rule.every), "align": rule.align,
                "anchor": fields.utc_text(rule.anchor)}
    if isinstance(rule, CronRule):
        return {"cron": rule.cron.text}
    if isinstance(rule, Once):
        return {"once": _once_text(rule.moment, zone)}
    if isinstance(rule, Daily):
        return {"daily": _counting(rule)}
    if isinstance(rule, Weekly):
        return {"weekly": {"days": [fields.WEEKDAY_KEYS[day] for day in rule.days], **_counting(rule)}}
    if isinstance(rule, Monthly):
        return {"monthly": {**month_documents.write_day(rule.on), **_counting(rule)}}
    raise TypeError(rule)


def _interval(document: Mapping[str, Any], entry: Entry) -> Interval:
    every = parse_duration(document["interval"], field="interval")
    if every < entry.floor and not entry.stored:
        floor = in_words(entry.floor)
        fields.refuse(f"Enter {floor} or more. To check more often, ask an administrator", "interval")
    align = _align(document, every)
    if "anchor" in document:
        anchor = _moment(document["anchor"], "anchor", entry)
    else:
        anchor = _midnight(entry) if align == "clock" else _whole(entry.at, every)
    return Interval(every, align, anchor)


def uneven(every: timedelta) -> str:
    """Say why a length can't line up with the clock; nothing if it can."""
    whole, name = (_HOUR, "an hour") if every < _HOUR else (_DAY, "a day")
    return f"{in_words(every)} does not divide {name} evenly" if whole % every else ""


def _align(document: Mapping[str, Any], every: timedelta) -> str:
    why = uneven(every)
    align = fields.one_of(document.get("align", "anchor" if why else "clock"), "align", ("clock", "anchor"))
    if align == "clock" and why:
        fields.refuse(f"{why}. Choose anchor to count from the first run", "align")
    return align


def _midnight(entry: Entry) -> datetime:
    """The start of the local day by the present offset, also where a jump hides midnight."""
    local = local_time(entry.at, entry.place.zone)
    return entry.at - timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )


def _whole(at: datetime, every: timedelta) -> datetime:
    minutes = every % timedelta(minutes=1) == timedelta()
    return at.replace(second=0, microsecond=0) if minutes else at.replace(microsecond=0)


def _cron(document: Mapping[str, Any], entry: Entry) -> CronRule:
    text = document["cron"]
    return CronRule(parse_cron(text if isinstance(text, str) else ""))


def _once(document: Mapping[str, Any], entry: Entry) -> Once:
    moment = _moment(document["once"], "once", entry)
    if moment <= entry.at and not entry.stored:
        local = local_time(moment, entry.place.zone)
        fields.refuse(f"{day_text(local)}, {clock_text(local)} has already passed. Choose a later time",
                      "once", "past")
    written = fields.moment(document["once"], "once")
    jumped = written.tzinfo is None and local_time(moment, entry.place.zone) != written
    return Once(moment, written if jumped else None)


def _daily(document: Mapping[str, Any], entry: Entry) -> Daily:
    part = fields.group(document["daily"], "daily", ("times", "every", "anchor"))
    rule = Daily(_times(part, "daily"), _every(part, "daily"))
    return _anchor(rule, part, entry)


def _weekly(document: Mapping[str, Any], entry: Entry) -> Weekly:
    part = fields.group(document["weekly"], "weekly", ("days", "times", "every", "anchor"))
    days = fields.weekdays(part.get("days"), "weekly.days")
    rule = Weekly(days, _times(part, "weekly"), _every(part, "weekly"))
    return _anchor(rule, part, entry)


def _monthly(document: Mapping[str, Any], entry: Entry) -> Monthly:
    known = (*month_documents.KEYS, "times", "every", "anchor")
    part = fields.group(document["monthly"], "monthly", known)
    on = month_documents.read_day(part, "monthly")
    rule = Monthly(on, _times(part, "monthly"), _every(part, "monthly"))
    return _anchor(rule, part, entry)


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Entry], Rule]]] = {
    "interval": _interval, "cron": _cron, "once": _once,
    "daily": _daily, "weekly": _weekly, "monthly": _monthly,
}


def _times(part: Mapping[str, Any], kind: str) -> tuple[time, ...]:
    return fields.clocks(part.get("times"), f"{kind}.times")


def _every(part: Mapping[str, Any], kind: str) -> int:
    return fields.number(part.get("every", 1), f"{kind}.every", 1, _MOST[kind])


def _anchor(rule: Counting, part: Mapping[str, Any], entry: Entry) -> Counting:
    """Counting every n starts with the first time to come, unless the document says where."""
    if "anchor" in part:
        given = fields.day(part["anchor"], f"{rule.kind}.anchor")
        return rule if rule.every == 1 else rule.anchored(given)
    if rule.every == 1:
        return rule
    return rule.anchored(first_day(rule, entry.counts_from, entry.place))


def _counting(rule: Daily | Weekly | Monthly) -> dict[str, Any]:
    written: dict[str, Any] = {"times": [f"{moment:%H:%M}" for moment in rule.at], "every": rule.every}
    return written if rule.anchor is None else {**written, "anchor": rule.anchor.isoformat()}


def _moment(value: Any, field: str, entry: Entry) -> datetime:
    found = fields.moment(value, field)
    if found.tzinfo is None:
        return instant(found, entry.place.zone, entry.place.clock_change)
    return found.astimezone(UTC)


def _once_text(moment: datetime, zone: str) -> str:
    """Local time where that says it all; in UTC for the second of two equal local times."""
    local = local_time(moment, zone)
    same = instant(local, zone, ClockChange()) == moment
    return local.isoformat(timespec="seconds" if local.second else "minutes") if same else (
        fields.utc_text(moment))
