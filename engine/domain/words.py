"""Dates, times and lists as they are written for people, whatever the machine's language."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)
ORDINALS: Final = ("first", "second", "third", "fourth", "fifth",
                   "sixth", "seventh", "eighth", "ninth", "tenth")


def clock_text(moment: time | datetime) -> str:
    """Write "9:00 am"; seconds only where there are any."""
    seconds = f":{moment.second:02}" if moment.second else ""
    return f"{moment.hour % 12 or 12}:{moment.minute:02}{seconds} {'am' if moment.hour < 12 else 'pm'}"


def day_text(day: date) -> str:
    """Write "Mon 23 Nov"."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"


def date_text(day: date) -> str:
    """Write "23 Nov 2026"."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def zone_text(name: str) -> str:
    """Write "Berlin time", as it ends a sentence."""
    if name in ("UTC", "Etc/UTC"):
        return "UTC"
    return f"{name.rpartition('/')[2].replace('_', ' ')} time"


def utc_text(moment: datetime) -> str:
    """Write "2026-11-23T09:00:00Z", for programs."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ordinal(number: int) -> str:
    """Write "31st"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def joined(parts: Sequence[str]) -> str:
    """Write "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
