"""Which days of a month are meant: the 31st, the last Friday, the third working day."""

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

LAST: Final = -1
IsWorking = Callable[[date], bool]


@dataclass(frozen=True)
class DaysOfMonth:
    """Days by number, `last` for the last one; `short_month` decides where a number is missing."""

    days: tuple[int, ...]
    last: bool = False
    short_month: str = "last"

    def days_in(self, year: int, month: int, is_working: IsWorking) -> list[date]:
        length = calendar.monthrange(year, month)[1]
        wanted = {day for day in self.days if day <= length}
        if self.last or (self.short_month == "last" and len(wanted) < len(self.days)):
            wanted.add(length)
        return [date(year, month, day) for day in sorted(wanted)]


@dataclass(frozen=True)
class NthWeekday:
    """The `nth` (or `LAST`) of a weekday; Monday is 0."""

    nth: int
    weekday: int

    def days_in(self, year: int, month: int, is_working: IsWorking) -> list[date]:
        return _nth((day for day in _days(year, month) if day.weekday() == self.weekday), self.nth)


@dataclass(frozen=True)
class WorkingDay:
    """The `nth` (or `LAST`) day of the month on which people work."""

    nth: int

    def days_in(self, year: int, month: int, is_working: IsWorking) -> list[date]:
        return _nth((day for day in _days(year, month) if is_working(day)), self.nth)


MonthlyDay = DaysOfMonth | NthWeekday | WorkingDay


def _days(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]


def _nth(days: Iterable[date], nth: int) -> list[date]:
    found = list(days)
    if nth == LAST:
        return found[-1:]
    return found[nth - 1:nth]
