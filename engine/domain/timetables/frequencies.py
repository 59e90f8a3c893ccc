"""How many runs a schedule comes to, in the largest round measure: a week, a month or a year."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from engine.domain.timetables.occurrences import alone, occurrences
from engine.domain.timetables.rules import Once
from engine.domain.timetables.shapes import Span
from engine.domain.timetables.timetable import Schedule

_WEEK: Final = timedelta(days=7)
_YEAR: Final = timedelta(days=365)
_OFTEN: Final = 50
# Of more than this a caution tells (engine/domain/schedules/cautions.py), by the day.
_MOST: Final = 3_500
_PARTS: Final = (("week", _YEAR / _WEEK), ("month", 12.0), ("year", 1.0))
_CLOSE: Final = 0.05


@dataclass(frozen=True)
class Frequency:
    """So many runs `per` week, month or year."""

    count: int
    per: str
    is_exact: bool

    @property
    def sentence(self) -> str:
        return f"Runs per {self.per}: {'' if self.is_exact else 'about '}{self.count:,}"


def frequency(schedule: Schedule, at: datetime) -> Frequency | None:
    """Count what rule and hours give, whatever is left out; None for what comes once or all the time."""
    if isinstance(schedule.rule, Once):
        return None
    usual = replace(schedule, span=Span(), blackouts=(), jitter=None,
                    holidays=replace(schedule.holidays, rule="run") if schedule.holidays else None)
    if (in_a_week := _count(usual, at, _WEEK)) > _OFTEN:
        return Frequency(in_a_week, "week", True) if in_a_week <= _MOST else None
    in_a_year = _count(usual, at, _YEAR)
    for per, parts in _PARTS:
        average = in_a_year / parts
        if average >= 1 - _CLOSE:
            return Frequency(round(average), per, abs(average - round(average)) < _CLOSE)
    return None


def _count(schedule: Schedule, at: datetime, length: timedelta) -> int:
    found = occurrences(schedule, at, at + length, around=alone(schedule))
    return sum(1 for _ in islice(found, _MOST + 1))
