"""The schedule form: from what was typed to a schedule document. Only the chosen pattern is read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from blueprints.starts import forms_interval, forms_shape
from engine.domain.errors import Invalid, Problem
from engine.domain.phrases.phrases import parse_phrase
from engine.domain.phrases.switches import switches
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.time.durations import parse_duration
from engine.domain.timetables.rules import Interval

Form = MultiDict[str, str]
_FLOOR: Final = timedelta(minutes=1)
_ORDINALS: Final = {f"{number}": number for number in range(1, 32)}
# The form's own names for what a schedule document calls otherwise.
_SHOWN_AT: Final = {
    "interval": "interval.n", "once": "once.date", "monthly": "monthly.days", "monthly.day": "monthly.days",
    "window": "window.from", "jitter.up_to": "jitter", "jitter": "jitter", "say": "say",
    "policies.missed.within": "missed.within", "policies.missed.limit": "missed.limit",
    "policies.overlap.limit": "overlap.limit",
    "policies.fail_pause": "fail_pause", "clock_change.forward": "clock.forward",
    "clock_change.back": "clock.back",
}


def schedule_from(
    form: Form, at: datetime, timezone: str, stored: Mapping[str, Any] | None = None
) -> Schedule:
    """Read the form; raises `Invalid` with fields the form has. `stored` is the schedule being changed."""
    document = document_from(form, at, timezone)
    forms_shape.keep_what_has_no_field(document, stored or {}, form)
    try:
        return parse_schedule(document, at=at, timezone=timezone, floor=_floor(stored or {}))
    except Invalid as error:
        raise Invalid(problems=[_shown(problem) for problem in error.problems]) from error


def document_from(form: Form, at: datetime, timezone: str) -> dict[str, Any]:
    """Return the document of what was typed; a phrase that is new counts more than the pattern."""
    zone = form.get("timezone") or timezone
    if phrase := new_phrase(form):
        said, _ = parse_phrase(phrase, at, zone)
        return {"timezone": zone, **forms_shape.shape_from(form), **said}
    read = _READERS.get(form.get("kind", ""))
    if read is None:
        raise Invalid("Choose how often this should run", field="kind", code="missing")
    return {**read(form), "timezone": zone, **forms_shape.shape_from(form)}


def new_phrase(form: Form) -> str:
    """Return the phrase unless the pattern below has taken it over already."""
    phrase = form.get("say", "").strip()
    return "" if phrase == form.get("said", "").strip() else phrase


def assumed(form: Form, schedule: Schedule, at: datetime, timezone: str) -> dict[str, str]:
    """Return what the phrase in the box left open, as long as the pattern still says what it said.

    Each with the phrase that means the other half of the day, or with none.
    """
    phrase, zone = form.get("say", "").strip(), form.get("timezone") or timezone
    if not phrase:
        return {}
    try:
        said, assumptions = parse_phrase(phrase, at, zone)
        rule = parse_schedule(said, at=at).rule
    except Invalid:
        return {}
    # Where an interval is counted from does not stand in the form.
    now = replace(schedule.rule, anchor=rule.anchor) if (
        isinstance(rule, Interval) and isinstance(schedule.rule, Interval)) else schedule.rule
    return {**dict.fromkeys(assumptions, ""), **switches(phrase, at, zone)} if now == rule else {}


def _daily(form: Form) -> dict[str, Any]:
    return {"daily": {"times": _times(form, "daily"), **_every(form, "daily", "days")}}


def _weekly(form: Form) -> dict[str, Any]:
    return {"weekly": {"days": form.getlist("weekly.days"), "times": _times(form, "weekly"),
                       **_every(form, "weekly", "weeks")}}


def _monthly(form: Form) -> dict[str, Any]:
    mode = form.get("monthly.mode", "days")
    part: dict[str, Any]
    if mode == "last":
        part = {"days": ["last"]}
    elif mode == "weekday":
        part = {"weekday": form.get("monthly.weekday", ""), "nth": _ordinal(form.get("monthly.nth", ""))}
    elif mode == "working_day":
        part = {"working_day": _ordinal(form.get("monthly.working_day", ""))}
    else:
        part = {"days": _month_days(form), "short_month": form.get("monthly.short_month", "last")}
    return {"monthly": {**part, "times": _times(form, "monthly"), **_every(form, "monthly", "months")}}


def _once(form: Form) -> dict[str, Any]:
    day, time = form.get("once.date", "").strip(), form.get("once.time", "").strip()
    if not day:
        raise Invalid("Enter a date, like 24.12.2026", field="once.date")
    if not time:
        raise Invalid("Enter a time, like 9:00", field="once.time")
    return {"once": f"{day}T{time}"}


def _cron(form: Form) -> dict[str, Any]:
    return {"cron": form.get("cron", "").strip()}


_READERS: Final[Mapping[str, Callable[[Form], dict[str, Any]]]] = {
    "interval": forms_interval.read, "daily": _daily, "weekly": _weekly, "monthly": _monthly, "once": _once,
    "cron": _cron,
}


def _times(form: Form, kind: str) -> list[str]:
    """Return the times; fields left empty do not count unless all are."""
    typed = [text.strip()[:5] for text in form.getlist(f"{kind}.times")]
    return [text for text in typed if text] or [""]


def _every(form: Form, kind: str, words: str) -> dict[str, Any]:
    """Read every how many there is one, and from where they are counted if that was said."""
    text = form.get(f"{kind}.every", "").strip() or "1"
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"Enter how many {words}, like 2", field=f"{kind}.every")
    anchor = form.get(f"{kind}.anchor", "").strip()
    return {"every": int(text), **({"anchor": anchor} if anchor and int(text) > 1 else {})}


def _month_days(form: Form) -> list[Any]:
    words = form.get("monthly.days", "").replace(",", " ").split()
    if not all(word in _ORDINALS or word == "last" for word in words):
        raise Invalid("Day must be between 1 and 31", field="monthly.days")
    return [_ORDINALS.get(word, word) for word in words]


def _ordinal(text: str) -> Any:
    return _ORDINALS.get(text, text)


def _floor(stored: Mapping[str, Any]) -> timedelta:
    """A minute; a schedule that already comes more often, set by a program, may stay so."""
    if "interval" not in stored:
        return _FLOOR
    return min(_FLOOR, parse_duration(stored["interval"]))


def _shown(problem: Problem) -> Problem:
    field = problem.field or ""
    for kind in ("daily", "weekly", "monthly"):
        if field.startswith(f"{kind}.times"):
            field = f"{kind}.times"
    return Problem(problem.message, _SHOWN_AT.get(field, field) or None, problem.code)
