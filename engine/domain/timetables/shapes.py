"""What may change the times of a rule, in the order in which it is applied."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
EVERY_DAY: Final = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Span:
    """First and last local day; `end_after` counts planned times from `counted_from`."""

    start_on: date | None = None
    end_on: date | None = None
    end_after: int | None = None
    counted_from: datetime | None = None


@dataclass(frozen=True)
class HolidayRule:
    """`rule` is run, skip, previous or next (working day)."""

    calendars: tuple[str, ...]
    rule: str = "run"


@dataclass(frozen=True)
class Window:
    """Local hours, both ends included; `closes` at or before `opens` is on the next day."""

    opens: time
    closes: time
    days: tuple[int, ...] = EVERY_DAY
    outside: str = "skip"

    @property
    def past_midnight(self) -> bool:
        return self.closes <= self.opens

    @property
    def length(self) -> timedelta:
        opening = datetime.combine(date.min, self.opens)
        return self.closing_of(opening) - opening

    def holds(self, local: datetime) -> bool:
        around = self._around(local.date() - _DAY, 2)
        return any(start <= local < end or local == end != start + _DAY for start, end in around)

    def opening_after(self, local: datetime) -> datetime:
        return next(start for start, _ in self._around(local.date(), 9) if start > local)

    def closing_before(self, local: datetime) -> datetime:
        ends = [end for _, end in self._around(local.date() - 9 * _DAY, 10) if end < local]
        return max(ends)

    def closing_of(self, opening: datetime) -> datetime:
        return datetime.combine(opening.date() + _DAY * self.past_midnight, self.closes)

    def _around(self, day: date, count: int) -> list[tuple[datetime, datetime]]:
        days = (day + _DAY * number for number in range(count))
        openings = [datetime.combine(day, self.opens) for day in days if day.weekday() in self.days]
        return [(opening, self.closing_of(opening)) for opening in openings]


@dataclass(frozen=True)
class Blackout:
    """Local times in which nothing starts; `end` is the first one that may."""

    start: datetime
    end: datetime
    note: str = ""


@dataclass(frozen=True)
class Closure:
    """Moments in which nothing starts, whatever the schedule's zone; `end` is the first that may."""

    start: datetime
    end: datetime
    name: str = ""


@dataclass(frozen=True)
class Jitter:
    """How much later an occurrence may start; `seed` spreads schedules of the same rule."""

    up_to: timedelta
    seed: str


@dataclass(frozen=True)
class Override:
    """What a person decided about one planned time: skip, run_early (done already) or move."""

    scheduled_at: datetime
    action: str
    to: datetime | None = None
