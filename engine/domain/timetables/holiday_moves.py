"""Moving what falls on a holiday to the working day before or after it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from typing import Final

from engine.domain.time.calendars import DaysOff
from engine.domain.time.clock_changes import instant, local_time
from engine.domain.timetables.rules import Place

_JUST: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)


def moved_to_working_days(
    times: Callable[[datetime], Iterator[datetime]], place: Place, days_off: DaysOff, rule: str
) -> Callable[[datetime], Iterator[datetime]]:
    """Moved times may overtake others: each is held back until nothing earlier can come."""
    mover = _Mover(place, days_off, 1 if rule == "next" else -1)

    def moved(after: datetime) -> Iterator[datetime]:
        held: list[datetime] = []
        last = after
        for moment in times(mover.start(after)):
            heappush(held, mover.landing(moment))
            while held and held[0] <= mover.settled(moment):
                landed = heappop(held)
                if landed > last:
                    last = landed
                    yield landed
        yield from sorted({landed for landed in held if landed > last})

    return moved


class _Mover:
    def __init__(self, place: Place, days_off: DaysOff, step: int) -> None:
        self._place, self._days_off, self._step = place, days_off, step

    def landing(self, moment: datetime) -> datetime:
        local = local_time(moment, self._place.zone)
        if not self._days_off.is_holiday(local.date()):
            return moment
        day = self._days_off.working_day(local.date(), self._step)
        return instant(datetime.combine(day, local.time()), self._place.zone, self._place.clock_change)

    def start(self, after: datetime) -> datetime:
        """Where to begin so that nothing which lands after `after` is overlooked."""
        if self._step < 0:
            return after
        day = self._day(after)
        first = self._days_off.working_day(day - _DAY, -1) + _DAY
        return min(after, self._midnight(first) - _JUST) if self._holiday_from(first, day) else after

    def settled(self, moment: datetime) -> datetime:
        """No time at or after `moment` lands before this."""
        if self._step > 0:
            return moment
        day = self._day(moment)
        off = day + _DAY if self._days_off.is_working(day) else day
        if not self._holiday_from(off, self._days_off.working_day(off, 1)):
            return moment
        return self._midnight(self._days_off.working_day(day, -1))

    def _holiday_from(self, first: date, last: date) -> bool:
        days = (first + _DAY * number for number in range((last - first).days + 1))
        return any(self._days_off.is_holiday(day) for day in days)

    def _day(self, moment: datetime) -> date:
        return local_time(moment, self._place.zone).date()

    def _midnight(self, day: date) -> datetime:
        return instant(datetime.combine(day, time()), self._place.zone, self._place.clock_change)
