"""When something comes, before anything gets in the way: the base rule of a schedule."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Final, Protocol

from engine.domain.time import cron
from engine.domain.time.clock_changes import ClockChange, instants, local_time
from engine.domain.time.months import MonthlyDay

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_MOST_MONTHS: Final = 12 * 50


class WorkingDays(Protocol):
    """Which days people work; only rules that count working days ask."""

    def is_working(self, day: date) -> bool: ...


@dataclass(frozen=True)
class Place:
    """Where a rule is read: its zone, its choice at clock changes, its working days."""

    zone: str
    clock_change: ClockChange
    working_days: WorkingDays


class Rule(Protocol):
    kind: ClassVar[str]

    def times(self, after: datetime, place: Place) -> Iterator[datetime]:
        """Every moment strictly after `after`, in order."""
        ...


@dataclass(frozen=True)
class Interval:
    """Real elapsed time on a grid through `anchor`; it reaches back as well as ahead."""

    kind: ClassVar[str] = "interval"
    every: timedelta
    align: str
    anchor: datetime

    def times(self, after: datetime, place: Place) -> Iterator[datetime]:
        moment = self.anchor + ((after - self.anchor) // self.every + 1) * self.every
        while True:
            yield moment
            moment += self.every


@dataclass(frozen=True)
class CronRule:
    kind: ClassVar[str] = "cron"
    cron: cron.Cron

    def times(self, after: datetime, place: Place) -> Iterator[datetime]:
        return cron.times(self.cron, place.zone, after)


@dataclass(frozen=True)
class Once:
    """`jumped` is the local time somebody wrote, where the clock jumps over it."""

    kind: ClassVar[str] = "once"
    moment: datetime
    jumped: datetime | None = field(default=None, compare=False)

    def times(self, after: datetime, place: Place) -> Iterator[datetime]:
        return iter([self.moment] if self.moment > after else [])


@dataclass(frozen=True)
class Daily:
    """`anchor` is a day that counts; None when every day does."""

    kind: ClassVar[str] = "daily"
    at: tuple[time, ...]
    every: int = 1
    anchor: date | None = None

    def times(self, after: datetime, place: Place) -> Iterator[datetime]:
        return _on_days(self._next_day, self.at, after, place)

    def anchored(self, day: date) -> "Daily":
        return replace(self, anchor=day)

    def _next_day(self, day: date) -> date:
        return day if self.anchor is None else day + _DAY * (-(day - self.anchor).days % self.every)


@dataclass(frozen=True)
class Weekly:
    """`days` counts from Monday = 0; `anchor` is the Monday of a week that counts."""

    kind: ClassVar[str] = "weekly"
    days: tuple[int, ...]
    at: tuple[time, ...]
    every: int = 1
    anchor: date | None = None

    def times(self, after: datetime, place: Place) -> Iterator[datetime]:
        return _on_days(self._next_day, self.at, after, place)

    def anchored(self, day: date) -> "Weekly":
        return replace(self, anchor=_monday(day))

    def _next_day(self, day: date) -> date:
        monday = _monday(day)
        skipped = 0 if self.anchor is None else -((monday - self.anchor).days // 7) % self.every
        if skipped:
            return monday + _WEEK * skipped + _DAY * self.days[0]
        later = next((number for number in self.days if number >= day.weekday()), None)
        if later is not None:
            return monday + _DAY * later
        return monday + _WEEK * self.every + _DAY * self.days[0]


@dataclass(frozen=True)
class Monthly:
    """`anchor` is the first day of a month that counts."""

    kind: ClassVar[str] = "monthly"
    on: MonthlyDay
    at: tuple[time, ...]
    every: int = 1
    anchor: date | None = None

    def times(self, after: datetime, place: Place) -> Iterator[datetime]:
        def next_day(day: date) -> date | None:
            return self._next_day(day, place.working_days)

        return _on_days(next_day, self.at, after, place)

    def anchored(self, day: date) -> "Monthly":
        return replace(self, anchor=day.replace(day=1))

    def _next_day(self, day: date, working_days: WorkingDays) -> date | None:
        month = self._counting_month(_month_number(day))
        for number in range(month, month + _MOST_MONTHS, self.every):
            found = self.on.days_in(number // 12, number % 12 + 1, working_days.is_working)
            later = [candidate for candidate in found if candidate >= day]
            if later:
                return min(later)
        return None

    def _counting_month(self, number: int) -> int:
        if self.anchor is None:
            return number
        return number + (_month_number(self.anchor) - number) % self.every


def first_day(rule: Daily | Weekly | Monthly, after: datetime, place: Place) -> date:
    """The local day on which `rule` comes first: where counting every n starts."""
    moment = next(replace(rule, every=1, anchor=None).times(after, place), after)
    return local_time(moment, place.zone).date()


def _on_days(
    next_day: Callable[[date], date | None], at: tuple[time, ...], after: datetime, place: Place
) -> Iterator[datetime]:
    def first(local: datetime) -> datetime | None:
        day = next_day(local.date())
        if day == local.date():
            later = next((moment for moment in at if moment >= local.time()), None)
            if later is not None:
                return datetime.combine(day, later)
            day = next_day(local.date() + _DAY)
        return None if day is None else datetime.combine(day, at[0])

    return instants(first, place.zone, after, place.clock_change)


def _monday(day: date) -> date:
    return day - _DAY * day.weekday()


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1
