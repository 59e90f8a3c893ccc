"""How the views of the calendar divide time: into days, parts of a day or hours of the reader's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from engine.domain.time.clock_changes import ClockChange, instant

VIEWS: Final = ("day", "week", "month", "list")
LIST_DAYS: Final = 7
# Night, morning, afternoon, evening.
PARTS: Final = (0, 6, 12, 18)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_CLOCK: Final = ClockChange()


@dataclass(frozen=True)
class Slot:
    """From `start` until just before `end`; `day` and `hour` are the local ones it begins with."""

    day: date
    hour: int
    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def slots(view: str, day: date, zone: str, today: date) -> list[Slot]:
    """Return the slots of the view that shows `day`, in order and without gaps."""
    if view == "day":
        return hours(day, zone)
    if view == "week":
        monday = monday_of(day)
        return _divide([monday + _DAY * number for number in range(7)], PARTS, zone)
    if view == "month":
        return _divide(month_days(day, today), (0,), zone)
    return _divide([day + _DAY * number for number in range(LIST_DAYS)], (0,), zone)


def hours(day: date, zone: str) -> list[Slot]:
    """Return the hours of a day; one the clock jumps over is not among them."""
    return _divide([day], tuple(range(24)), zone)


def month_days(day: date, today: date) -> list[date]:
    """Return whole weeks around the month; its last ones always reach a week into the future."""
    first = monday_of(day.replace(day=1))
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
    if (today.year, today.month) == (day.year, day.month):
        last = max(last, today + _WEEK)
    return [first + _DAY * number for number in range((monday_of(last) - first).days + 7)]


def step(view: str, day: date, direction: int) -> date:
    """Return the day to show for "Earlier" (-1) and "Later" (1)."""
    if view == "month":
        months = day.year * 12 + day.month - 1 + direction
        return date(months // 12, months % 12 + 1, 1)
    return day + direction * {"day": _DAY, "week": _WEEK, "list": _DAY * LIST_DAYS}[view]


def monday_of(day: date) -> date:
    return day - _DAY * day.weekday()


def _divide(days: list[date], starts: tuple[int, ...], zone: str) -> list[Slot]:
    local = [datetime.combine(day, time(hour)) for day in days for hour in starts]
    ends = [*local[1:], datetime.combine(days[-1] + _DAY, time())]
    pieces = [
        Slot(start.date(), start.hour, instant(start, zone, _CLOCK), instant(end, zone, _CLOCK))
        for start, end in zip(local, ends, strict=True)
    ]
    return [piece for piece in pieces if piece.start < piece.end]
