"""Schedules as documents: parsed strictly at the door, written back in one form only."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, Final

from engine.domain.data import fields
from engine.domain.phrases.phrases import parse_phrase
from engine.domain.schedules import shape_documents
from engine.domain.schedules.futures import check_future, check_moves
from engine.domain.schedules.rule_documents import INTERVAL_KEYS, KINDS, Entry, read_rule, write_rule
from engine.domain.time.clock_changes import ClockChange, instant
from engine.domain.time.zones import check_zone
from engine.domain.timetables.occurrences import alone
from engine.domain.timetables.policies import Policies, read_policies, write_policies
from engine.domain.timetables.rules import Once, Place
from engine.domain.timetables.shapes import Span
from engine.domain.timetables.timetable import Schedule

__all__ = ["Schedule", "parse_schedule", "to_document"]

_COMMON_KEYS: Final = ("timezone", "clock_change", *shape_documents.KEYS, "policies")
_NO_FLOOR: Final = timedelta(seconds=1)


def parse_schedule(
    document: Mapping[str, Any], *, at: datetime, timezone: str | None = None,
    floor: timedelta = _NO_FLOOR, stored: bool = False,
) -> Schedule:
    """Read a schedule; what it needs to count from is filled in from `at`.

    `timezone` is for documents that name none. `stored` reads back what was accepted before:
    it may have no future any more.
    """
    given = _spelled_out(_given(document), at, timezone)
    kind = _kind(given)
    problems = fields.Problems()
    problems.attempt(lambda: _check_keys(given, kind), None)
    frame = _frame(given, at, timezone, problems)
    entry = _entry(frame, at, floor, stored)
    rule = problems.attempt(lambda: read_rule(kind, given, entry), frame.rule)
    problems.raise_any()
    schedule = replace(frame, rule=rule)
    if not stored:
        check_moves(schedule)
        check_future(schedule, at)
    return schedule


def to_document(schedule: Schedule) -> dict[str, Any]:
    """The one way to write this schedule; parsing it gives the same schedule again."""
    written = {**write_rule(schedule.rule, schedule.timezone), "timezone": schedule.timezone}
    choice = schedule.clock_change
    if choice != ClockChange():
        written["clock_change"] = {"forward": choice.forward, "back": choice.back}
    return {**written, **shape_documents.write(schedule), "policies": write_policies(schedule.policies)}


def _frame(
    given: Mapping[str, Any], at: datetime, timezone: str | None, problems: fields.Problems
) -> Schedule:
    """Everything but the rule, which is read in this frame."""
    return Schedule(
        Once(at),
        problems.attempt(lambda: _zone(given, timezone), "UTC"),
        problems.attempt(lambda: _clock_change(given), ClockChange()),
        problems.attempt(lambda: shape_documents.read_span(given, at), Span()),
        problems.attempt(lambda: shape_documents.read_holidays(given), None),
        problems.attempt(lambda: shape_documents.read_window(given), None),
        problems.attempt(lambda: shape_documents.read_blackouts(given), ()),
        problems.attempt(lambda: shape_documents.read_jitter(given, at), None),
        problems.attempt(lambda: read_policies(given.get("policies")), Policies()),
    )


def _entry(frame: Schedule, at: datetime, floor: timedelta, stored: bool) -> Entry:
    days_off = alone(frame).calendars.days_off(frame.calendars)
    place = Place(frame.timezone, frame.clock_change, days_off)
    counts_from = at
    if frame.span.start_on:
        start = instant(datetime.combine(frame.span.start_on, time()), place.zone, place.clock_change)
        counts_from = max(at, start - timedelta(seconds=1))
    return Entry(at, place, counts_from, floor, stored)


def _given(document: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        fields.refuse("Choose how often this should run", None)
    return {key: value for key, value in document.items() if value is not None}


def _spelled_out(given: dict[str, Any], at: datetime, timezone: str | None) -> dict[str, Any]:
    """Put what a phrase means in its place; a zone inside the phrase counts more than one beside it."""
    if "say" not in given or any(kind in given for kind in KINDS):
        return given
    said, _ = parse_phrase(given["say"], at, _zone(given, timezone))
    return {**said, **{key: value for key, value in given.items() if key not in ("say", "timezone")}}


def _kind(given: Mapping[str, Any]) -> str:
    kinds = [key for key in (*KINDS, "say") if key in given]
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
