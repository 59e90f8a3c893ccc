"""What a reader in another zone sees while two zones change their clocks on different days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Final

from engine.domain.schedules.cautions import Warning
from engine.domain.time.clock_changes import Change, changes, local_time
from engine.domain.time.durations import in_words
from engine.domain.timetables.occurrences import alone, occurrences
from engine.domain.timetables.rules import CronRule, Daily, Monthly, Weekly
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import MONTHS, clock_text, joined

_AHEAD: Final = timedelta(days=400)
_BEHIND: Final = timedelta(days=100)
_BRIEF: Final = timedelta(days=60)
_SOON: Final = timedelta(days=14)
_PREVIEWED: Final = 5
_LOOKED_AT: Final = 100
_MOST_NAMED: Final = 3
_MANY: Final = 6
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class _Unusual:
    """A few weeks in which the zones are not as far apart as before and after; signs tell who is ahead."""

    first: Change
    last: Change
    usual: timedelta
    then: timedelta


def distance_warnings(schedule: Schedule, viewer: str, at: datetime) -> Iterator[Warning]:
    """Warn of the next such weeks, if they are near and something of them is planned."""
    if viewer == schedule.timezone or not isinstance(schedule.rule, CronRule | Daily | Weekly | Monthly):
        return
    coming = islice(occurrences(schedule, at, limit=_PREVIEWED, around=alone(schedule)), _PREVIEWED)
    near = max([at + _SOON, *coming])
    for weeks in _unusual(schedule.timezone, viewer, at):
        seen = _seen(schedule, viewer, weeks, at) if weeks.first.at <= near else ""
        if seen:
            both = f"{_city(viewer)} and {_city(schedule.timezone)}"
            yield Warning("zone_distance", f"{_dates(weeks, at)}, {both} are {_apart(weeks)} than usual: "
                          f"you will see {seen}.")
            return


def _unusual(zone: str, viewer: str, at: datetime) -> Iterator[_Unusual]:
    span = (at - _BEHIND, at + _AHEAD)
    jumps = [*((change, 1) for change in changes(zone, *span)),
             *((change, -1) for change in changes(viewer, *span))]
    jumps.sort(key=lambda jump: jump[0].at)
    distance = _offset(span[0], zone) - _offset(span[0], viewer)
    for (first, side), (last, other) in zip(jumps, jumps[1:], strict=False):
        then = distance + side * (first.after - first.before)
        after = then + other * (last.after - last.before)
        if distance == after != then and last.at - first.at <= _BRIEF and last.at > at:
            yield _Unusual(first, last, distance, then)
        distance = then


def _seen(schedule: Schedule, viewer: str, weeks: _Unusual, at: datetime) -> str:
    """Say which times the reader sees in those weeks, and which instead of; empty when nothing comes."""
    start = max(at, weeks.first.at - timedelta(microseconds=1))
    found = [local_time(moment, viewer) for moment in occurrences(
        schedule, start, weeks.last.at - timedelta(microseconds=1), _LOOKED_AT, around=alone(schedule))]
    # The first of each time of the day: seen then, and as it would be at the usual distance.
    seen = {moment.time(): moment + (weeks.then - weeks.usual) for moment in reversed(found)}
    if not seen or len(seen) > _MANY:
        return ""
    if len(seen) > _MOST_NAMED:
        return "other times of the day than usual"
    times = sorted(seen)
    return f"{_listed(times)} instead of {_listed([seen[one].time() for one in times])}"


def _listed(times: list[time]) -> str:
    return joined([clock_text(moment) for moment in times])


def _apart(weeks: _Unusual) -> str:
    by = abs(abs(weeks.then) - abs(weeks.usual))
    amount = "one hour" if by == _HOUR else in_words(by)
    return f"{amount} {'closer' if abs(weeks.then) < abs(weeks.usual) else 'further apart'}"


def _dates(weeks: _Unusual, at: datetime) -> str:
    start, end = weeks.first.local_before, weeks.last.local_before
    month = "" if (start.year, start.month) == (end.year, end.month) else f" {MONTHS[start.month - 1]}"
    year = f" {end.year}" if end.year != at.year else ""
    return f"From {start.day}{month} to {end.day} {MONTHS[end.month - 1]}{year}"


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def _offset(moment: datetime, zone: str) -> timedelta:
    return local_time(moment, zone) - moment.replace(tzinfo=None)
