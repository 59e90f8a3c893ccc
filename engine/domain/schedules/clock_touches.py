"""Which coming clock changes a schedule's own times fall into, and what can be chosen about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final

from engine.domain.time.calendars import DaysOff
from engine.domain.time.clock_changes import Change, ClockChange, changes
from engine.domain.time.cron_sentences import fixed_times
from engine.domain.timetables.occurrences import alone, occurrences
from engine.domain.timetables.rules import CronRule, Daily, Monthly, Place, Weekly
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import MONTHS, WEEKDAYS, clock_text, joined

_JUST: Final = timedelta(microseconds=1)
_AHEAD: Final = timedelta(days=400)
_MOST_NAMED: Final = 3
_EVERYTHING: Final = ClockChange("shift", "both")


@dataclass(frozen=True)
class Touch:
    """A change with the local times of the rule that do not exist then, or come twice."""

    change: Change
    times: Sequence[datetime]

    @property
    def is_forward(self) -> bool:
        return self.change.after > self.change.before

    @property
    def named(self) -> str:
        return joined([clock_text(moment) for moment in self.times[:_MOST_NAMED]])

    @property
    def happens(self) -> str:
        """Say what becomes of the times: "2:30 am does not exist"."""
        many = len(self.times) > 1
        if self.is_forward:
            return f"{self.named} {'do' if many else 'does'} not exist"
        return f"{self.named} {'happen' if many else 'happens'} twice"


@dataclass(frozen=True)
class ClockChoice:
    """One question with its answers; `name` and the keys are those of a schedule's `clock_change`."""

    name: str
    question: str
    options: Sequence[tuple[str, str]]


def touches(schedule: Schedule, at: datetime) -> list[Touch]:
    """Return the changes of the next year or so that planned times fall into."""
    if by_the_clock(schedule):
        return []
    return [touch for change in coming_changes(schedule, at) if (touch := _touch(schedule, change))]


def coming_changes(schedule: Schedule, at: datetime) -> list[Change]:
    return list(changes(schedule.timezone, at, at + _AHEAD))


def clock_choices(schedule: Schedule, at: datetime) -> list[ClockChoice]:
    """Return what people can choose, each asked for the first night it matters on.

    Cron expressions say by themselves what happens; intervals count real time.
    """
    if not isinstance(schedule.rule, Daily | Weekly | Monthly):
        return []
    first = {touch.is_forward: touch for touch in reversed(touches(schedule, at))}
    asked = []
    if forward := first.get(True):
        run_at = f"Run at {clock_text(forward.change.local_after)}"
        asked.append(ClockChoice("forward", _question(forward, at), (
            ("shift", run_at), ("skip", "Skip that day"))))
    if back := first.get(False):
        asked.append(ClockChoice("back", _question(back, at), (
            ("first", "Run the first time"), ("second", "Run the second time"), ("both", "Run both times"))))
    return asked


def by_the_clock(schedule: Schedule) -> bool:
    """Expressions like */15 * * * * follow the clock on the wall and have no times of their own."""
    return isinstance(schedule.rule, CronRule) and not fixed_times(schedule.rule.cron)


def night(change: Change, at: datetime) -> str:
    """Write the day of a change, with its year unless that is the present one."""
    day = change.local_before
    year = f" {day.year}" if day.year != at.year else ""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1]}{year}"


def _question(touch: Touch, at: datetime) -> str:
    return f"On {night(touch.change, at)}, {touch.happens}"


def _touch(schedule: Schedule, change: Change) -> Touch | None:
    start, end = sorted((change.local_before, change.local_after))
    times = list(_planned(schedule, start, end))
    return Touch(change, times) if times and _comes_then(schedule, change) else None


def _planned(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """The rule's local times in [start, end), found by reading it where clocks never change."""
    place = Place("UTC", ClockChange(), DaysOff())
    found = schedule.rule.times(start.replace(tzinfo=UTC) - _JUST, place)
    return takewhile(lambda moment: moment < end.replace(tzinfo=UTC), found)


def _comes_then(schedule: Schedule, change: Change) -> bool:
    """Whether dates, hours and holidays leave anything of that night, had everything been chosen."""
    length = abs(change.after - change.before)
    later = schedule.jitter.up_to if schedule.jitter else timedelta()
    generous = replace(schedule, clock_change=_EVERYTHING)
    near = occurrences(generous, change.at - length - _JUST, change.at + length + later, 1,
                       around=alone(schedule))
    return any(near)
