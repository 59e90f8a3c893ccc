"""Lengths of time as people write them: 30s, 5m, 1h, 1d, 2w."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from engine.domain.errors import Invalid

_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_NAMES: Final = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}
_WRITTEN: Final = re.compile(r"([0-9]{1,9})\s?([smhdw])", re.ASCII)
_LONGEST: Final = timedelta(days=3_650)


def parse_duration(text: str, *, field: str | None = None) -> timedelta:
    """Read one number with one unit; nothing is guessed."""
    return _read(text if isinstance(text, str) else "", field)


@lru_cache(maxsize=4_096)
def _read(text: str, field: str | None) -> timedelta:
    """Schedules name the same few lengths over and over."""
    written = _WRITTEN.fullmatch(text.strip().lower())
    if written is None:
        raise Invalid("Enter a length of time like 30s, 5m, 1h or 1d", field=field)
    length = int(written[1]) * _SECONDS[written[2]]
    if length == 0:
        raise Invalid("Enter 1 second or more", field=field)
    if length > _LONGEST.total_seconds():
        raise Invalid("Enter 10 years or less", field=field)
    return timedelta(seconds=length)


def format_duration(length: timedelta) -> str:
    """Write the shortest exact form below weeks, such as 90m or 2d."""
    seconds = round(length.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def in_words(length: timedelta) -> str:
    """Write "90 minutes" in the two largest units: "1 hour 30 minutes"."""
    rest = max(0, round(length.total_seconds()))
    parts = []
    for unit in "dhms":
        count, rest = divmod(rest, _SECONDS[unit])
        if count:
            parts.append(f"{count:,} {_NAMES[unit]}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "0 seconds"


def limit_in_words(seconds: float) -> str:
    """Write a time limit; what is left of one by the time a step begins is as good as whole."""
    short = round(max(seconds, 0), 1)
    return in_words(timedelta(seconds=seconds)) if short >= 10 or short % 1 == 0 else f"{short:g} seconds"


def milliseconds_between(start: datetime | None, end: datetime) -> int | None:
    """How long something took; None when it never began, 0 when the clock was set back meanwhile."""
    return None if start is None else max(0, round((end - start).total_seconds() * 1000))
