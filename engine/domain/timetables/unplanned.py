"""Times the bare rule has and the schedule has not, each with what took it away."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.domain.timetables.shapes import Span
from engine.domain.timetables.timetable import Schedule

_JUST: Final = timedelta(microseconds=1)
_HOLIDAY: Final = {"skip": "holiday", "previous": "moved_off_holiday", "next": "moved_off_holiday"}


class Unplanned(NamedTuple):
    moment: datetime
    reason: str


def unplanned(
    schedule: Schedule, around: Surroundings, start: datetime, end: datetime, limit: int
) -> list[Unplanned]:
    """Return what is left out from `start` until just before `end`, of the first `limit` times."""
    stages = [(reason, set(_times(stage, within, start, end, limit * 2)))
              for reason, stage, within in _stages(schedule, around)]
    found = []
    for moment in _times(_bare(schedule), _plain(around), start, end, limit):
        reason = next((reason for reason, times in stages if moment not in times), None)
        if reason is not None:
            found.append(Unplanned(moment, _before_or_after(reason, schedule, moment)))
    return found


def _stages(schedule: Schedule, around: Surroundings) -> Iterator[tuple[str, Schedule, Surroundings]]:
    """Add one thing at a time to the bare rule, in the order in which they shape it."""
    stage, plain = _bare(schedule), _plain(around)
    if schedule.span != Span():
        stage = replace(stage, span=schedule.span)
        yield "ended", stage, plain
    if schedule.holidays and schedule.holidays.rule in _HOLIDAY:
        stage = replace(stage, holidays=schedule.holidays)
        yield _HOLIDAY[schedule.holidays.rule], stage, plain
    if schedule.window:
        stage = replace(stage, window=schedule.window)
        yield "waited_for_hours" if schedule.window.outside == "wait" else "outside_hours", stage, plain
    if schedule.blackouts:
        stage = replace(stage, blackouts=schedule.blackouts)
        yield "left_out", stage, plain
    if around.closures:
        yield "blackout", stage, replace(plain, closures=around.closures)


def _bare(schedule: Schedule) -> Schedule:
    """The rule alone; it still needs the calendars where it counts working days."""
    holidays = replace(schedule.holidays, rule="run") if schedule.holidays else None
    return replace(schedule, span=Span(), holidays=holidays, window=None, blackouts=(), jitter=None)


def _plain(around: Surroundings) -> Surroundings:
    return replace(around, overrides=(), closures=())


def _times(
    schedule: Schedule, around: Surroundings, start: datetime, end: datetime, limit: int
) -> Iterator[datetime]:
    return occurrences(schedule, start - _JUST, end - _JUST, limit, around=around)


def _before_or_after(reason: str, schedule: Schedule, moment: datetime) -> str:
    start = schedule.span.start_on
    return "not_started" if reason == "ended" and start and moment.date() <= start else reason
