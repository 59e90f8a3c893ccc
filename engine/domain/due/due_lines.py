"""One day of one start: what of it the rule, the record and the people account for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from engine.domain.due.reasons import ON_TIME, off_between, why
from engine.domain.due.standing import Entry, standing_at
from engine.domain.time.clock_changes import local_time
from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.domain.timetables.timetable import Schedule
from engine.domain.timetables.unplanned import unplanned

MANY: Final = 500
_JUST: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Line:
    """One due time. `kind`: ran late waiting skipped missed planned not_planned unknown."""

    scheduled_at: datetime
    kind: str
    reason: str | None
    sentence: str
    execution_id: str | None = None


@dataclass(frozen=True)
class Day:
    """`rule_since`: the rule is younger than the day; before that only what is on record is shown."""

    zone: str
    lines: tuple[Line, ...]
    rule_since: datetime | None
    is_complete: bool


class Outage(NamedTuple):
    started_at: datetime
    ended_at: datetime


class Range(NamedTuple):
    """Missed times for which one row on record stands."""

    first: datetime
    last: datetime
    reason: str


@dataclass(frozen=True)
class Facts:
    """All there is to know about the day from `start` until just before `end`, asked at `at`.

    The present rule stands `since`; `stopped` is why the start does not go on now, if so.
    """

    start: datetime
    end: datetime
    since: datetime
    at: datetime
    zone: str
    schedule: Schedule
    around: Surroundings
    entries: Sequence[Entry]
    stopped: str | None
    outages: Sequence[Outage]
    days_off: Mapping[date, Sequence[str]]


def planned(facts: Facts, ranges: Sequence[Range]) -> Iterator[Line]:
    """What the rule has on that day, as if nothing of it were on record by itself."""
    since = max(facts.start - _JUST, facts.since)
    times = occurrences(facts.schedule, since, facts.end - _JUST, MANY + 1, around=facts.around)
    for moment in times:
        yield _in_range(moment, ranges, facts) or _off_duty(moment, facts) or _expected(moment, facts)


def left_out(facts: Facts) -> Iterator[Line]:
    """What the bare rule has and holidays, hours, dates or blackouts took away."""
    since = max(facts.start, facts.since)
    for moment, reason in unplanned(facts.schedule, facts.around, since, facts.end, MANY + 1):
        clause = why(reason, {"named": _named(moment, reason, facts)}, facts.zone)
        yield Line(moment, "not_planned", reason, f"Not planned: {clause}.")


def off_then(moment: datetime, facts: Facts) -> str:
    """Say from when to when the app was off around `moment`; nothing where that is not on record."""
    found = (outage for outage in facts.outages if outage.started_at <= moment <= outage.ended_at)
    return next((off_between(outage.started_at, outage.ended_at, facts.zone) for outage in found), "")


def _in_range(moment: datetime, ranges: Sequence[Range], facts: Facts) -> Line | None:
    for one in ranges:
        if one.first <= moment <= one.last:
            said = f"Missed: {why(one.reason, None, facts.zone)}. {off_then(moment, facts)}"
            return Line(moment, "missed", one.reason, said.rstrip())
    return None


def _off_duty(moment: datetime, facts: Facts) -> Line | None:
    standing = standing_at(facts.entries, moment)
    reason = standing.reason or (facts.stopped if moment > facts.at else None)
    if reason is None:
        return None
    clause = why(reason, standing.data, facts.zone)
    return Line(moment, "not_planned", reason, f"Not planned: {clause}.")


def _expected(moment: datetime, facts: Facts) -> Line:
    if moment > facts.at:
        return Line(moment, "planned", None, "Planned.")
    if facts.at - moment <= ON_TIME:
        return Line(moment, "waiting", None, "Due now.")
    off = off_then(moment, facts)
    if off:
        return Line(moment, "missed", None, f"Missed. {off}")
    return Line(moment, "unknown", "unknown", f"Unclear: {why('unknown', None, facts.zone)}.")


def _named(moment: datetime, reason: str, facts: Facts) -> str:
    if reason == "blackout":
        names = [one.name for one in facts.around.closures if one.start <= moment < one.end]
    else:
        local = local_time(moment, facts.schedule.timezone)
        names = list(facts.days_off.get(local.date(), ()))
    return ", ".join(filter(None, names))
