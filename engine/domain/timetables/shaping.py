"""Fitting the times of a rule to what gets in their way; each stage wraps the one before."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, takewhile
from typing import Final

from engine.domain.time.calendars import DaysOff
from engine.domain.time.clock_changes import instant, local_time
from engine.domain.timetables.holiday_moves import moved_to_working_days
from engine.domain.timetables.rules import Interval, Place
from engine.domain.timetables.shapes import Blackout, Closure, Jitter, Window
from engine.domain.timetables.timetable import Schedule

Times = Callable[[datetime], Iterator[datetime]]
_JUST: Final = timedelta(microseconds=1)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
# A stage that drops everything for so long has nothing left to give.
_PATIENCE: Final = timedelta(days=3_660)


def shaped(schedule: Schedule, days_off: DaysOff, closures: Sequence[Closure] = ()) -> Times:
    """The function that gives all times strictly after a moment."""
    place = Place(schedule.timezone, schedule.clock_change, days_off)
    times = _spanned(schedule, place, days_off)
    if schedule.holidays and schedule.holidays.rule == "skip":
        times = _without_days(times, place, days_off.is_holiday)
    elif schedule.holidays and schedule.holidays.rule in ("previous", "next"):
        times = moved_to_working_days(times, place, days_off, schedule.holidays.rule)
    if schedule.window:
        waiting = schedule.window.outside == "wait"
        times = (_waiting if waiting else _within)(times, place, schedule.window)
    for blackout in schedule.blackouts:
        times = _outside(times, *_ends(place, blackout))
    if schedule.jitter:
        times = _jittered(times, schedule.jitter)
    for closure in closures:
        times = _outside(times, closure.start, closure.end)
    return times


def base_times(schedule: Schedule, place: Place) -> Times:
    rule, window = schedule.rule, schedule.window
    if window and isinstance(rule, Interval) and rule.align == "clock" and rule.every > _HOUR:
        return lambda after: _from_openings(rule.every, window, place, after)
    return lambda after: rule.times(after, place)


def _from_openings(every: timedelta, window: Window, place: Place, after: datetime) -> Iterator[datetime]:
    """Every two hours between nine and five means nine, eleven, one, three and five."""
    local, last = local_time(after, place.zone) - 2 * _DAY, after
    while True:
        local = window.opening_after(local)
        moment = instant(local, place.zone, place.clock_change)
        closing = instant(window.closing_of(local), place.zone, place.clock_change)
        while moment <= closing:
            if moment > last:
                last = moment
                yield moment
            moment += every


def _spanned(schedule: Schedule, place: Place, days_off: DaysOff) -> Times:
    times, span = base_times(schedule, place), schedule.span
    start = _midnight(span.start_on, place) - _JUST if span.start_on else None
    end = _midnight(span.end_on + _DAY, place) - _JUST if span.end_on else None
    if span.end_after:
        last = _last_counted(schedule, days_off)
        end = min(end, last) if end and last else end or last

    def within(after: datetime) -> Iterator[datetime]:
        found = times(max(after, start) if start else after)
        return takewhile(lambda moment: moment <= end, found) if end else found

    return within


@lru_cache(maxsize=4096)
def _last_counted(schedule: Schedule, days_off: DaysOff) -> datetime | None:
    place = Place(schedule.timezone, schedule.clock_change, days_off)
    span = schedule.span
    assert span.counted_from and span.end_after
    start = span.counted_from
    if span.start_on:
        start = max(start, _midnight(span.start_on, place) - _JUST)
    counted = islice(base_times(schedule, place)(start), span.end_after)
    return max(counted, default=None)


def _skipping(times: Times, skip_to: Callable[[datetime], datetime | None]) -> Times:
    """Leave out each time for which `skip_to` names the moment where it may go on."""

    def kept(after: datetime) -> Iterator[datetime]:
        last, found = after, times(after)
        moment = next(found, None)
        while moment is not None and moment - last < _PATIENCE:
            onward = skip_to(moment)
            if onward is None:
                last = moment
                yield moment
            else:
                found = times(onward - _JUST)
            moment = next(found, None)

    return kept


def _without_days(times: Times, place: Place, is_off: Callable[[date], bool]) -> Times:
    def next_day(moment: datetime) -> datetime | None:
        day = local_time(moment, place.zone).date()
        return _midnight(day + _DAY, place) if is_off(day) else None

    return _skipping(times, next_day)


def _within(times: Times, place: Place, window: Window) -> Times:
    def next_opening(moment: datetime) -> datetime | None:
        local = local_time(moment, place.zone)
        return None if window.holds(local) else _opening(window, local, moment, place)

    return _skipping(times, next_opening)


def _waiting(times: Times, place: Place, window: Window) -> Times:
    def moved(after: datetime) -> Iterator[datetime]:
        local = local_time(after, place.zone)
        # What fell into the present closed hours is still waiting.
        start = after if window.holds(local) else min(
            after, instant(window.closing_before(local), place.zone, place.clock_change))
        found = times(start)
        moment = next(found, None)
        while moment is not None:
            local = local_time(moment, place.zone)
            if not window.holds(local):
                moment = _opening(window, local, moment, place)
                found = times(moment)
            if moment > after:
                yield moment
            moment = next(found, None)

    return moved


def _opening(window: Window, local: datetime, moment: datetime, place: Place) -> datetime:
    """The next opening; later than `moment` even where the clock goes back in between."""
    opening = instant(window.opening_after(local), place.zone, place.clock_change)
    return max(opening, moment + _SECOND)


def _ends(place: Place, blackout: Blackout) -> tuple[datetime, datetime]:
    start, end = (instant(local, place.zone, place.clock_change) for local in (blackout.start, blackout.end))
    return start, end


def _outside(times: Times, start: datetime, end: datetime) -> Times:
    return _skipping(times, lambda moment: end if start <= moment < end else None)


def _jittered(times: Times, jitter: Jitter) -> Times:
    """Later by an amount that depends on the occurrence alone and never passes the next one."""

    def later(after: datetime) -> Iterator[datetime]:
        found = times(after - jitter.up_to)
        moment = next(found, None)
        while moment is not None:
            following = next(found, None)
            room = min(jitter.up_to, following - moment - _SECOND) if following else jitter.up_to
            shifted = moment + _share(jitter.seed, moment, room)
            if shifted > after:
                yield shifted
            moment = following

    return later


def _share(seed: str, moment: datetime, room: timedelta) -> timedelta:
    digest = blake2b(f"{seed}:{moment.timestamp():.0f}".encode(), digest_size=8).digest()
    return _SECOND * (int.from_bytes(digest) % (int(room.total_seconds()) + 1))


def _midnight(day: date, place: Place) -> datetime:
    return instant(datetime.combine(day, time()), place.zone, place.clock_change)
