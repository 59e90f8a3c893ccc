"""Which times a schedule leaves out or moves among its next ones, by the name of what is in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import Final

from engine.domain.runs.states import RUN_EARLY, SKIP
from engine.domain.time.clock_changes import instant, local_time
from engine.domain.timetables.occurrences import Surroundings
from engine.domain.timetables.timetable import Schedule
from engine.domain.timetables.unplanned import unplanned
from engine.domain.words import day_text

_MOST: Final = 5_000
_JUST: Final = timedelta(microseconds=1)
_DECIDED: Final = {SKIP: "skipped this once", RUN_EARLY: "run early"}
_KINDS: Final = ("holiday", "moved_off_holiday", "left_out", "blackout")


@dataclass(frozen=True)
class Omission:
    """A planned day of which something is left out, or moved to a working day."""

    day: date
    name: str
    is_moved: bool

    @property
    def sentence(self) -> str:
        moved = ", moved to a working day" if self.is_moved else ""
        return f"{day_text(self.day)}: {self.name}{moved}"


def omissions(
    schedule: Schedule, around: Surroundings, start: datetime, until: datetime
) -> list[Omission]:
    """Find holidays, blackouts and what people decided between two moments; hours are part of the rule.

    A day off has no `name` yet, for only the database knows those of own calendars.
    """
    decided = [Omission(local_time(one.scheduled_at, schedule.timezone).date(), _DECIDED[one.action], False)
               for one in around.overrides if one.action in _DECIDED and start < one.scheduled_at <= until]
    if not (schedule.holidays or schedule.blackouts or around.closures):
        return decided
    if first := schedule.span.start_on:
        begins = instant(datetime.combine(first, time()), schedule.timezone, schedule.clock_change)
        start = max(start, begins - _JUST)
    found = unplanned(schedule, around, start + _JUST, until + _JUST, _MOST)
    return sorted(dict.fromkeys([*decided, *(
        Omission(local_time(moment, schedule.timezone).date(), _name(around, moment, reason),
                 reason == "moved_off_holiday")
        for moment, reason in found if reason in _KINDS)]), key=attrgetter("day"))


def named(found: Sequence[Omission], names: Mapping[date, Sequence[str]]) -> list[Omission]:
    """Give the days off their names."""
    return [omission if omission.name else replace(
        omission, name=", ".join(names.get(omission.day, ["a day off"]))) for omission in found]


def _name(around: Surroundings, moment: datetime, reason: str) -> str:
    if reason in ("holiday", "moved_off_holiday"):
        return ""
    if reason == "left_out":
        return "left out by this schedule"
    closed = (closure.name for closure in around.closures if closure.start <= moment < closure.end)
    return next(closed, "") or "a blackout"
