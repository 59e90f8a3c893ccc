"""Every due time of a schedule, and nothing else computes one."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice, takewhile

from engine.domain.calendars import WorkingWeek
from engine.domain.rules import Place
from engine.domain.timetable import Schedule


def occurrences(
    schedule: Schedule, after: datetime, until: datetime | None = None, limit: int | None = None
) -> Iterator[datetime]:
    """Moments in UTC strictly after `after`, up to and including `until`, at most `limit`."""
    place = Place(schedule.timezone, schedule.clock_change, WorkingWeek())
    found = schedule.rule.times(after, place)
    if until is not None:
        found = takewhile(lambda moment: moment <= until, found)
    return islice(found, limit)


def next_occurrence(schedule: Schedule, after: datetime) -> datetime | None:
    """The first moment strictly after `after`; None means never again."""
    return next(occurrences(schedule, after), None)
