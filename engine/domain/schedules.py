"""Schedules as documents: parsed strictly at the door, written back in one form only."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from engine.domain import fields
from engine.domain.calendars import WorkingWeek
from engine.domain.clock_changes import ClockChange
from engine.domain.occurrences import next_occurrence
from engine.domain.rule_documents import INTERVAL_KEYS, KINDS, Entry, read_rule, write_rule
from engine.domain.rules import Place
from engine.domain.timetable import Schedule
from engine.domain.zones import check_zone

__all__ = ["Schedule", "parse_schedule", "to_document"]

_COMMON_KEYS: Final = ("timezone", "clock_change")
_NO_FLOOR: Final = timedelta(seconds=1)


def parse_schedule(
    document: Mapping[str, Any], *, at: datetime, timezone: str | None = None,
    floor: timedelta = _NO_FLOOR, stored: bool = False,
) -> Schedule:
    """Read a schedule; what it needs to count from is filled in from `at`.

    `stored` reads back what was accepted before: it may have no future any more.
    """
    given = _given(document)
    kind = _kind(given)
    problems = fields.Problems()
    zone = problems.attempt(lambda: _zone(given, timezone), "UTC")
    choice = problems.attempt(lambda: _clock_change(given), ClockChange())
    place = Place(zone, choice, WorkingWeek())
    entry = Entry(at, place, at, floor, stored)
    rule = problems.attempt(lambda: read_rule(kind, given, entry), None)
    problems.attempt(lambda: _check_keys(given, kind), None)
    problems.raise_any()
    assert rule is not None
    schedule = Schedule(rule, zone, choice)
    if not stored and next_occurrence(schedule, at) is None:
        fields.refuse("This will never run. Change the day or the month", kind, "never")
    return schedule


def to_document(schedule: Schedule) -> dict[str, Any]:
    """The one way to write this schedule; parsing it gives the same schedule again."""
    written = {**write_rule(schedule.rule, schedule.timezone), "timezone": schedule.timezone}
    choice = schedule.clock_change
    if choice != ClockChange():
        written["clock_change"] = {"forward": choice.forward, "back": choice.back}
    return written


def _given(document: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        fields.refuse("Choose how often this should run", None)
    return {key: value for key, value in document.items() if value is not None}


def _kind(given: Mapping[str, Any]) -> str:
    kinds = [key for key in KINDS if key in given]
    if not kinds:
        fields.refuse("Choose how often this should run", "kind", "missing")
    if len(kinds) > 1:
        named = " and ".join(f"{kind} ({_short(given[kind])})" for kind in kinds)
        fields.refuse(f"Choose one way to say when this runs. This has {named}", kinds[-1], "ambiguous")
    return kinds[0]


def _short(value: Any) -> str:
    return value[:40] if isinstance(value, str) else "set"


def _zone(given: Mapping[str, Any], default: str | None) -> str:
    name = given.get("timezone", default or "UTC")
    if not isinstance(name, str):
        fields.refuse("Choose a time zone from the list", "timezone")
    return check_zone(name)


def _clock_change(given: Mapping[str, Any]) -> ClockChange:
    part = fields.group(given.get("clock_change", {}), "clock_change", ("forward", "back"))
    return ClockChange(
        fields.one_of(part.get("forward", "shift"), "clock_change.forward", ("shift", "skip")),
        fields.one_of(part.get("back", "first"), "clock_change.back", ("first", "second", "both")),
    )


def _check_keys(given: Mapping[str, Any], kind: str) -> None:
    known = (kind, *_COMMON_KEYS, *(INTERVAL_KEYS if kind == "interval" else ()))
    for key in given:
        if key not in known:
            fields.refuse(f'"{key}" is not known here. Known are: {", ".join(known)}', str(key), "unknown")
