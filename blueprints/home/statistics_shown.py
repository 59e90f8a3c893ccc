"""Figures as charts and tables show them."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from blueprints.shared.formats import took
from engine.queries.overview.statistics import Figures, Results

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TOKENS: Final = (("completed", "ok"), ("cancelled", "idle"), ("failed", "bad"))


class HeatRow(NamedTuple):
    """A weekday with how many runs ended in each hour, and how dark that is, from 0 to 1."""

    name: str
    cells: list[tuple[int, float]]


def bars(figures: Figures) -> list[tuple[str, list[tuple[float, str]], str]]:
    """Return a column for each day: what went well at the bottom, what failed on top."""
    most = max((results.runs for results in figures.days.values()), default=0) or 1
    return [
        (_day_name(day), [(100 * getattr(results, name) / most, token) for name, token in _TOKENS],
         words(results))
        for day, results in figures.days.items()
    ]


def heat(figures: Figures) -> list[HeatRow]:
    most = max(figures.hours.values(), default=0) or 1
    return [
        HeatRow(name, [(runs, round(runs / most, 2)) for hour in range(24)
                       for runs in (figures.hours.get((weekday, hour), 0),)])
        for weekday, name in enumerate(WEEKDAYS)
    ]


def words(results: Results) -> str:
    """Return "46 succeeded, 4 failed"."""
    parts = ((results.completed, "succeeded"), (results.failed, "failed"), (results.cancelled, "stopped"))
    return ", ".join(f"{count:,} {what}" for count, what in parts if count) or "no runs"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1f}".removesuffix(".0") + " %"


def length_words(length: timedelta | None) -> str:
    """Return "0.4 s", "12 s"; "–" when it is not known."""
    return took(None if length is None else round(length.total_seconds() * 1000))


def hour_words(hour: int) -> str:
    return f"{hour}:00–{(hour + 1) % 24}:00"


def _day_name(day: date) -> str:
    return f"{day.day} {day:%b}"
