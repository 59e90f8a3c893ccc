"""Every due time of a schedule, and nothing else computes one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice, takewhile
from typing import Final

from engine.domain.time.calendars import Calendars
from engine.domain.time.clock_changes import check_year
from engine.domain.timetables.shapes import Closure, Override
from engine.domain.timetables.shaping import shaped
from engine.domain.timetables.timetable import Schedule


@dataclass(frozen=True)
class Surroundings:
    """What lies outside a schedule: own calendars, shared blackouts, one-off decisions about its times.

    Nothing is planned before `paused_until`; the first time may be that very moment.
    """

    calendars: Calendars = Calendars()
    overrides: Sequence[Override] = ()
    closures: Sequence[Closure] = ()
    paused_until: datetime | None = None


_JUST: Final = timedelta(microseconds=1)
_NOTHING: Final = Surroundings()


def occurrences(
    schedule: Schedule, after: datetime, until: datetime | None = None, limit: int | None = None, *,
    around: Surroundings = _NOTHING,
) -> Iterator[datetime]:
    """Moments in UTC strictly after `after`, up to and including `until`, at most `limit`."""
    check_year(after, "after")
    if around.paused_until is not None:
        after = max(after, around.paused_until - _JUST)
    found = shaped(schedule, around.calendars.days_off(schedule.calendars), around.closures)(after)
    if around.overrides:
        found = _overridden(found, after, around.overrides)
    if until is not None:
        found = takewhile(lambda moment: moment <= until, found)
    return islice(found, limit)


def next_occurrence(
    schedule: Schedule, after: datetime, *, around: Surroundings = _NOTHING
) -> datetime | None:
    """The first moment strictly after `after`; None means never again."""
    return next(occurrences(schedule, after, around=around), None)


def is_planned(schedule: Schedule, moment: datetime, around: Surroundings) -> bool:
    """Whether `moment` is exactly one of its times."""
    return next_occurrence(schedule, moment - _JUST, around=around) == moment


def alone(schedule: Schedule) -> Surroundings:
    """The schedule by itself, for saying what it means: own calendars count as empty."""
    return Surroundings(Calendars({name: frozenset() for name in schedule.calendars}))


def _overridden(
    found: Iterator[datetime], after: datetime, overrides: Sequence[Override]
) -> Iterator[datetime]:
    """Overrides name the times people saw, so they come last and a moved one is exact."""
    replaced = {override.scheduled_at for override in overrides}
    moved = sorted(override.to for override in overrides if override.to and override.to > after)
    last = after
    for moment in merge((kept for kept in found if kept not in replaced), moved):
        if moment > last:
            last = moment
            yield moment
