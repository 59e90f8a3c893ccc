"""The due times of one schedule within a window: each one, or the beat of what comes too often to list."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final

from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.time.calendars import DaysOff
from engine.domain.time.durations import in_words
from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.domain.timetables.shapes import Closure, Override

MOST_PER_DAY: Final = 12
_MOST: Final = 1000
_DAY: Final = timedelta(days=1)
_JUST: Final = timedelta(microseconds=1)
# What is stored needs no moment to be read again.
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DueTimes:
    """All moments of a window; of what comes often only the first ones. `gap` None: no steady beat."""

    moments: tuple[datetime, ...]
    is_often: bool = False
    gap: timedelta | None = None


@dataclass(frozen=True)
class _Question:
    """What the answer depends on; `around` itself holds a mapping and can't be a key."""

    schedule: Schedule
    days_off: DaysOff
    overrides: tuple[Override, ...]
    closures: tuple[Closure, ...]
    around: Surroundings = field(compare=False, repr=False)


@lru_cache(maxsize=16_384)
def read_stored(written: str) -> Schedule:
    """Read a schedule as the database keeps it: many share one, and most are read again and again."""
    return parse_schedule(json.loads(written), at=_ANY_TIME, stored=True)


def stored_schedule(written: str) -> Schedule | None:
    """Read a schedule as the database keeps it; None when it can't be read."""
    try:
        return read_stored(written)
    except Invalid:
        return None


def due_times(schedule: Schedule, around: Surroundings, start: datetime, end: datetime) -> DueTimes:
    """Return what is due from `start` until just before `end`."""
    return _found(_question(schedule, around), start - _JUST, end - _JUST)


def count(schedule: Schedule, around: Surroundings, start: datetime, end: datetime, most: int) -> int | None:
    """Count what is due in a window; None when it is more than `most`."""
    counted = _counted(_question(schedule, around), start - _JUST, end - _JUST, most + 1)
    return counted if counted <= most else None


def beat(gap: timedelta | None) -> str:
    """Say how often: "every minute", "every 5 minutes"."""
    if gap is None:
        return f"more than {MOST_PER_DAY} times a day"
    return f"every {in_words(gap).removeprefix('1 ')}"


def _question(schedule: Schedule, around: Surroundings) -> _Question:
    days_off = around.calendars.days_off(schedule.calendars)
    return _Question(schedule, days_off, tuple(around.overrides), tuple(around.closures), around)


@lru_cache(maxsize=4096)
def _found(asked: _Question, after: datetime, until: datetime) -> DueTimes:
    times = occurrences(asked.schedule, after, until, _MOST, around=asked.around)
    first = tuple(islice(times, MOST_PER_DAY + 1))
    if len(first) > MOST_PER_DAY and first[-1] - first[0] < _DAY:
        return DueTimes(first, True, _usual_gap(first))
    return DueTimes((*first, *times))


@lru_cache(maxsize=4096)
def _counted(asked: _Question, after: datetime, until: datetime, most: int) -> int:
    return sum(1 for _ in occurrences(asked.schedule, after, until, most, around=asked.around))


def _usual_gap(moments: tuple[datetime, ...]) -> timedelta | None:
    gaps = Counter(later - earlier for earlier, later in pairwise(moments))
    gap, times = gaps.most_common(1)[0]
    return gap if times > sum(gaps.values()) / 2 else None
