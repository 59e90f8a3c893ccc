"""Moments and lengths of time in words. What "now" is comes in as `at`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from engine.domain.runs import states

_NEAR_DAYS: Final = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def zone_words(zone: str) -> str:
    """Return a time zone as people say it: "Berlin time"."""
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    return city if city == "UTC" else f"{city} time"


def clock_words(when: datetime, zone: str, locale: str = "en", *, seconds: bool = False) -> str:
    """Return the time of day as the locale writes it: "9:00 am" or "09:00"; with seconds "9:00:30 am"."""
    pattern = _clock_pattern(locale)
    if seconds:
        pattern = pattern.replace("mm", "mm:ss")
    words: str = format_time(when, pattern, tzinfo=ZoneInfo(zone), locale=locale)
    return words.replace("AM", "am").replace("PM", "pm")


def needs_seconds(moments: Iterable[datetime]) -> bool:
    """Whether planned times have to be told to the second, for one of them is not at a full minute."""
    return any(moment.second for moment in moments)


def second_words(when: datetime, zone: str) -> str:
    """Return the time of day to the second, for logs: "09:00:13"."""
    return when.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


def day_words(when: datetime, zone: str, at: datetime, locale: str = "en") -> str:
    """Return "today", "Mon 23 Nov" or, in another year, "Mon 23 Nov 2027"."""
    day, today = (moment.astimezone(ZoneInfo(zone)).date() for moment in (when, at))
    near = _NEAR_DAYS.get((day - today).days)
    if near and locale.startswith("en"):
        return near
    pattern = "EEE d MMM" if day.year == today.year else "EEE d MMM y"
    words: str = format_date(day, pattern, locale=locale)
    return words


def moment_words(
    when: datetime, zone: str, at: datetime, locale: str = "en", *, name_zone: bool = False,
    seconds: bool = False,
) -> str:
    """Return "Mon 23 Nov, 9:00 am", with ", Berlin time" if the zone is to be named."""
    parts = [day_words(when, zone, at, locale), clock_words(when, zone, locale, seconds=seconds)]
    if name_zone:
        parts.append(zone_words(zone))
    return ", ".join(parts)


def relative(when: datetime, at: datetime) -> str:
    """Return "in 2 days" or "3 min ago". static/js/app.js ticks by the same rules."""
    seconds = (when - at).total_seconds()
    future, length = seconds > 0, abs(seconds)
    if length < 45:
        return "in a moment" if future else "just now"
    words = _length_words(length)
    return f"in {words}" if future else f"{words} ago"


def took(milliseconds: int | None) -> str:
    """Return how long something took: "0.4 s", "12 s", "1 min 4 s", "2 h 5 min"; "–" if unknown."""
    if milliseconds is None:
        return "–"
    if milliseconds < 950:
        return f"{max(milliseconds, 100) / 1000:.1f} s"
    return span(timedelta(milliseconds=milliseconds))


def span(length: timedelta) -> str:
    """Return the two largest units of a length of time."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((i for i, (count, _) in enumerate(units) if count), len(units) - 1)
    return " ".join(f"{count} {unit}" for count, unit in units[first : first + 2] if count) or "0 s"


def stopwatch(length: timedelta) -> str:
    """Return a running clock: "0:14", "1:02:09"."""
    minutes, seconds = divmod(max(0, int(length.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def stretch(started: datetime, ended: datetime, first: datetime, last: datetime) -> tuple[float, float]:
    """Return where [started, ended] lies in [first, last]: start and width, in percent."""
    whole = (last - first).total_seconds() or 1.0
    start = min(99.0, max(0.0, (started - first).total_seconds() / whole * 100))
    width = (ended - started).total_seconds() / whole * 100
    return round(start, 2), round(min(100 - start, max(0.8, width)), 2)


def bar_height(status: str, milliseconds: int | None, usual: int | None) -> int:
    """Return a run's height among the bars, in percent: a failure full, the usual length half."""
    if status == states.FAILED:
        return 100
    if milliseconds is None:
        return 20
    return max(20, min(85, round(50 * milliseconds / usual))) if usual else 50


@cache
def _clock_pattern(locale: str) -> str:
    short = str(Locale.parse(locale, sep="-" if "-" in locale else "_").time_formats["short"])
    return "h:mm a" if "a" in short else "HH:mm"


def _length_words(seconds: float) -> str:
    if seconds < 3570:
        return f"{max(1, _half_up(seconds / 60))} min"
    if seconds < 84600:
        return f"{_half_up(seconds / 3600)} h"
    days = _half_up(seconds / 86400)
    return "1 day" if days == 1 else f"{days} days"


def _half_up(number: float) -> int:
    """Round as browsers do, so that page and ticking clock agree."""
    return int(number + 0.5)
