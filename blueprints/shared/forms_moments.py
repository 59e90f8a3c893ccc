"""Dates with times as forms send them: local to somebody's zone, and back for the field to show."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from blueprints.shared.forms import text
from engine.domain.errors import Invalid
from engine.domain.time.clock_changes import ClockChange, instant

_YEARS: Final = range(1970, 2200)


def local_time(name: str) -> datetime | None:
    """Return what stands in the field, without a zone; None when it was left empty."""
    written = text(name)
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or found.year not in _YEARS:
        raise Invalid("Enter a date and a time, like 24.12.2026 18:00", field=name)
    return found


def moment(name: str, zone: str) -> datetime | None:
    """Return the moment the field means in `zone`; None when it was left empty."""
    local = local_time(name)
    return None if local is None else instant(local, zone, ClockChange())


def field_value(when: datetime, zone: str) -> str:
    """Return a moment as a field for date and time wants it."""
    return when.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
