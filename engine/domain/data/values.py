"""Reading a value of unknown kind as text, a number or a moment."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.domain.errors import StepFailed

_LONGEST_NUMBER: Final = 100
_LARGEST_EXPONENT: Final = 300


def as_text(value: Any) -> str:
    """Write a value the way a person would: no quotes, lists with commas, nothing for nothing."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _group_as_text(value) if isinstance(value, (list, Mapping)) else str(value)


def as_number(value: Any) -> Decimal:
    """Read a number, also one written as text; yes and no are not numbers."""
    number = number_or_none(value)
    if number is None:
        raise mismatch(value, "a number")
    return number


def number_or_none(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    if isinstance(value, str) and (len(value) > _LONGEST_NUMBER or "_" in value):
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        return None
    # A few characters like 1e999999999 would otherwise become gigabytes of digits.
    usable = number.is_finite() and abs(number.adjusted()) <= _LARGEST_EXPONENT
    return number if usable else None


def as_moment(value: Any, timezone: str) -> datetime:
    """Read a date or a date with time; without a zone of its own it is meant in `timezone`."""
    zone = ZoneInfo(timezone)
    moment = _moment_or_none(value)
    if moment is None:
        raise mismatch(value, "a date")
    try:
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except OverflowError:
        raise mismatch(value, "a date") from None


def mismatch(value: Any, wanted: str) -> StepFailed:
    return StepFailed(
        f"{shown(value)} is not {wanted}.",
        error_class="data",
        code="data.type",
        detail={"value": as_text(value)[:200], "wanted": wanted},
    )


def shown(value: Any) -> str:
    """Name a value inside a sentence."""
    if value is None or value == "":
        return "An empty value"
    if isinstance(value, list):
        return f"A list of {len(value)}"
    if isinstance(value, Mapping):
        return "A group of fields"
    text = as_text(value)
    return f"“{text[:80]}…”" if len(text) > 80 else f"“{text}”"


def _group_as_text(value: list[Any] | Mapping[str, Any]) -> str:
    if isinstance(value, list) and not any(isinstance(item, (list, Mapping)) for item in value):
        return ", ".join(as_text(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _moment_or_none(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    try:
        return datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None
