"""What a schedule makes up for after a time off, shown on an example before it happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Final

from engine.domain.due.misfires import GRACE, decide
from engine.domain.time.clock_changes import instant, local_time
from engine.domain.timetables.occurrences import Surroundings, next_occurrence, occurrences
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import WEEKDAYS, clock_text, counted

_FRIDAY: Final = 4
_EVENING: Final = time(18)
_WEEKEND: Final = timedelta(days=2, hours=14)
_HOUR: Final = timedelta(hours=1)
_JUST: Final = timedelta(microseconds=1)
_MOST: Final = 1_000


@dataclass(frozen=True)
class Absence:
    """The app off from `start` to `until`: of the `due` times these `starts` run when it is back."""

    timezone: str
    start: datetime
    until: datetime
    due: int
    starts: Sequence[datetime]
    asks: bool

    @property
    def opening(self) -> str:
        off = f"from {self._named(self.start)} to {self._named(self.until)}"
        return f"If the app is off {off}, this would run:"

    @property
    def answer(self) -> str:
        """Say how often it runs then: "once"."""
        if not self.starts:
            return "only if you say so" if self.asks else "not at all"
        return "once" if len(self.starts) == 1 else counted(len(self.starts), "time")

    @property
    def rest(self) -> str:
        """Say when that is, and what becomes of the other times."""
        when = f", {self._named(self.starts[0])}" if self.starts else ""
        if len(self.starts) > 1:
            when += f" to {clock_text(local_time(self.starts[-1], self.timezone))}"
        left = self.due - len(self.starts)
        if not left:
            return f"{when}."
        asked = "Home asks about" if self.asks else "Left out:"
        return f"{when}. {asked} {counted(left, 'missed time')}."

    @property
    def sentence(self) -> str:
        return f"{self.opening} {self.answer}{self.rest}"

    def _named(self, moment: datetime) -> str:
        local = local_time(moment, self.timezone)
        return f"{WEEKDAYS[local.weekday()]} {clock_text(local)}"


def absence(schedule: Schedule, at: datetime, around: Surroundings) -> Absence | None:
    """Play a weekend off through: its last hour if it misses very many, hours around the next time if none.

    What is due and what becomes of it is decided by the code that decides when it really happens.
    """
    start = _friday_evening(schedule, at)
    until = start + _WEEKEND
    found = _off(schedule, start, until, around)
    if found.due > _MOST:
        return _off(schedule, until - _HOUR, until, around)
    coming = next_occurrence(schedule, at, around=around)
    if not found.due and coming:
        found = _off(schedule, coming - _HOUR, coming + _HOUR, around)
    return found if found.due else None


def _off(schedule: Schedule, start: datetime, until: datetime, around: Surroundings) -> Absence:
    """What comes within the grace of the return was not missed."""
    found = occurrences(schedule, start, until - GRACE - _JUST, around=around)
    due = list(islice(found, _MOST + 1 if until - start > _HOUR else None))
    decision = decide(schedule.policies, due, until)
    starts = [begun.not_before for begun in decision.starts]
    return Absence(schedule.timezone, start, until, len(due), starts, decision.ask)


def _friday_evening(schedule: Schedule, at: datetime) -> datetime:
    local = local_time(at, schedule.timezone)
    friday = local.date() + timedelta(days=(_FRIDAY - local.weekday()) % 7)
    evening = datetime.combine(friday, _EVENING)
    if evening <= local:
        evening += timedelta(days=7)
    return instant(evening, schedule.timezone, schedule.clock_change)
