"""What the schedule form shows: a stored schedule taken apart, and what stands in the other patterns."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from engine.domain.time.durations import parse_duration

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")
_KINDS: Final = ("interval", "cron", "daily", "weekly", "monthly", "once")
_SIZES: Final = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
LISTS: Final = ("daily.times", "weekly.times", "monthly.times", "weekly.days", "window.days")


def beginning(at: datetime, zone: str) -> dict[str, Any]:
    """Return the values of a form nobody has filled in: every weekday at nine."""
    tomorrow = at.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return {
        "kind": "weekly", "timezone": zone, "interval.n": "15", "interval.unit": "m",
        "interval.align": "clock",
        "daily.times": ["09:00"], "daily.every": "1",
        "weekly.days": list(_WEEKDAYS), "weekly.times": ["09:00"], "weekly.every": "1",
        "monthly.mode": "days", "monthly.days": "1", "monthly.short_month": "last", "monthly.nth": "1",
        "monthly.weekday": "mon", "monthly.working_day": "last", "monthly.times": ["09:00"],
        "monthly.every": "1", "once.date": tomorrow.isoformat(), "once.time": "09:00", "cron": "0 9 * * 1-5",
        "window.from": "09:00", "window.to": "17:00", "window.days": list(_WEEKDAYS),
        "window.outside": "skip", "holidays.calendars": "", "holidays.rule": "skip", "missed": "once",
        **dict.fromkeys(("daily.anchor", "weekly.anchor", "monthly.anchor"), ""),
        "overlap": "skip", "fail_pause": "5", "clock.forward": "", "clock.back": "",
        "missed.within": "6", "missed.limit": "10", "overlap.limit": "3",
    }


def of_document(document: Mapping[str, Any], at: datetime, zone: str) -> dict[str, Any]:
    """Return the values that show a stored schedule."""
    kind = next((kind for kind in _KINDS if kind in document), "")
    zone = document.get("timezone", zone)
    return {**beginning(at, zone), "kind": kind, **_rule(kind, document, zone), **_shape(document)}


def of_form(form: MultiDict[str, str], at: datetime, zone: str) -> dict[str, Any]:
    """Return what was typed, lists as lists."""
    typed: dict[str, Any] = {name: form.get(name, "") for name in form if name not in LISTS}
    lists = {name: [text for text in form.getlist(name) if text] for name in LISTS}
    times = {name: lists[name] or [""] for name in LISTS if name.endswith(".times")}
    return {**beginning(at, zone), "window.on": "", **typed, **lists, **times}


def _rule(kind: str, document: Mapping[str, Any], zone: str) -> dict[str, Any]:
    if kind == "interval":
        seconds = round(parse_duration(document["interval"]).total_seconds())
        unit = next(unit for unit, size in _SIZES.items() if seconds % size == 0)
        return {"interval.n": str(seconds // _SIZES[unit]), "interval.unit": unit,
                "interval.align": document.get("align", "clock")}
    if kind == "cron":
        return {"cron": document["cron"]}
    if kind == "once":
        return _once(document["once"], zone)
    part = dict(document.get(kind, {}))
    if kind == "monthly":
        part = _monthly(part)
    return {f"{kind}.{name}": value for name, value in part.items()}


def _once(written: str, zone: str) -> dict[str, str]:
    moment = datetime.fromisoformat(written)
    local = moment if moment.tzinfo is None else moment.astimezone(ZoneInfo(zone))
    return {"once.date": local.date().isoformat(), "once.time": f"{local:%H:%M}"}


def _monthly(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("days") == ["last"]:
        return {**part, "mode": "last", "days": "1"}
    if "days" in part:
        return {**part, "mode": "days", "days": ", ".join(str(day) for day in part["days"])}
    return {**part, "mode": "weekday" if "weekday" in part else "working_day"}


def _shape(document: Mapping[str, Any]) -> dict[str, Any]:
    shape = {name: document.get(name, "") for name in ("start_on", "end_on", "end_after")}
    if window := document.get("window"):
        shape |= {"window.on": "on", **{f"window.{name}": value for name, value in window.items()}}
    if holidays := document.get("holidays"):
        shape |= {"holidays.calendars": ",".join(holidays["calendars"]), "holidays.rule": holidays["rule"]}
    if jitter := document.get("jitter"):
        shape["jitter"] = round(parse_duration(jitter["up_to"]).total_seconds() / 60)
    shape |= {f"clock.{name}": value for name, value in document.get("clock_change", {}).items()}
    policies = document.get("policies", {})
    for name in ("missed", "overlap"):
        if rule := policies.get(name, {}).get("rule"):
            shape[name] = rule
            shape[f"{name}.limit"] = policies[name].get("limit", "")
    if within := policies.get("missed", {}).get("within"):
        hours = parse_duration(within) / timedelta(hours=1)
        shape["missed.within"] = int(hours) if hours.is_integer() else ""
    if "fail_pause" in policies:
        shape["fail_pause"] = "" if policies["fail_pause"] is None else policies["fail_pause"]
    return shape
