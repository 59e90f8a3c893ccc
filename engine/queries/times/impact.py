"""What changing something shared does to the coming times of the starts that follow it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Text, cast, or_, select, true

from engine.domain.errors import Invalid
from engine.domain.runs.states import ACTIVE
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.time.calendars import Calendars
from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.domain.timetables.shapes import Closure
from engine.domain.words import counted, joined
from engine.models import ProducerSchedule
from engine.queries.times import surroundings

HORIZON: Final = timedelta(days=90)
_MOST_STARTS: Final = 100
_MOST_TIMES: Final = 250


@dataclass(frozen=True)
class Impact:
    """`starts` are concerned, `changed` of them lose or gain times. `is_partial`: at least so many."""

    starts: int
    changed: int
    removed: int
    added: int
    is_partial: bool = False

    @property
    def of_followers(self) -> str:
        """Say "3 starts follow this; 4 runs move and 1 run is left out."."""
        if not self.starts:
            return "No start that is on follows this."
        follow = "follows" if self.starts == 1 else "follow"
        return f"{self._least}{counted(self.starts, 'start')} {follow} this; {self._changes}."

    @property
    def of_runs(self) -> str:
        """Say "3 starts concerned: 4 runs are left out."."""
        if not self.changed:
            return "No coming run changes."
        return f"{self._least}{counted(self.changed, 'start')} concerned: {self._changes}."

    @property
    def _least(self) -> str:
        return "At least " if self.is_partial else ""

    @property
    def _changes(self) -> str:
        moved = min(self.added, self.removed)
        kinds = ((moved, "moves", "move"), (self.removed - moved, "is left out", "are left out"),
                 (self.added - moved, "comes back", "come back"))
        parts = [f"{counted(number, 'run')} {one if number == 1 else many}"
                 for number, one, many in kinds if number]
        return joined(parts) if parts else "no coming run changes"


class Blackout(NamedTuple):
    """A blackout and whom it concerns; `workflow_ids` None: everybody."""

    closure: Closure
    workflow_ids: Sequence[str] | None = None

    def covers(self, workflow_id: str) -> bool:
        return self.workflow_ids is None or workflow_id in self.workflow_ids


def of_calendar(connection: Connection, calendar_id: str, days: Iterable[date], at: datetime) -> Impact:
    """Say what giving this calendar other days changes."""
    followed = cast(ProducerSchedule.schedule_value, Text).contains(calendar_id)
    rows = _rows(connection, followed)
    around = surroundings.of(connection, [row.trigger_id for row in rows], after=at)
    changed = Calendars({**around.common.calendars.own, calendar_id: frozenset(days)})
    return _tally([
        (schedule, around[row.trigger_id], replace(around[row.trigger_id], calendars=changed))
        for row in rows if (schedule := _read(row, at))
    ], at, at + HORIZON)


def of_blackout(
    connection: Connection, before: Blackout | None, after: Blackout | None, at: datetime
) -> Impact:
    """Say what putting the blackout `after` in the place of `before` changes; None is no blackout."""
    both = [blackout for blackout in (before, after) if blackout]
    rows = _rows(connection, or_(*(_concerned(blackout) for blackout in both)))
    around = surroundings.of(connection, [row.trigger_id for row in rows], after=at)
    pairs = []
    for row in rows:
        was = around[row.trigger_id]
        kept = [closure for closure in was.closures if before is None or closure != before.closure]
        added = [after.closure] if after and after.covers(row.workflow_id) else []
        if schedule := _read(row, at):
            pairs.append((schedule, was, replace(was, closures=(*kept, *added))))
    start = min(blackout.closure.start for blackout in both) - timedelta(seconds=1)
    return _tally(pairs, max(at, start), max(at, *(blackout.closure.end for blackout in both)))


def _concerned(blackout: Blackout) -> ColumnElement[bool]:
    ids = blackout.workflow_ids
    return true() if ids is None else ProducerSchedule.workflow_id.in_(ids)


def _rows(connection: Connection, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return connection.execute(
        select(ProducerSchedule.trigger_id, ProducerSchedule.workflow_id, ProducerSchedule.schedule_value)
        .where(ProducerSchedule.state == ACTIVE, which).order_by(ProducerSchedule.next_run_at)
        .limit(_MOST_STARTS + 1)
    ).all()


def _read(row: Row[Any], at: datetime) -> Schedule | None:
    try:
        return parse_schedule(row.schedule_value, at=at, stored=True)
    except Invalid:
        return None


def _tally(
    pairs: Sequence[tuple[Schedule, Surroundings, Surroundings]], after: datetime, until: datetime
) -> Impact:
    changed = removed = added = 0
    is_partial = len(pairs) > _MOST_STARTS
    for schedule, was, will in pairs[:_MOST_STARTS]:
        old, new = (_times(schedule, around, after, until) for around in (was, will))
        if max(len(old), len(new)) == _MOST_TIMES:  # no further than both were worked out
            is_partial, shared = True, min(max(times, default=until) for times in (old, new))
            old, new = ({moment for moment in times if moment <= shared} for times in (old, new))
        changed += old != new
        removed, added = removed + len(old - new), added + len(new - old)
    return Impact(min(len(pairs), _MOST_STARTS), changed, removed, added, is_partial)


def _times(schedule: Schedule, around: Surroundings, after: datetime, until: datetime) -> set[datetime]:
    try:
        return set(occurrences(schedule, after, until, _MOST_TIMES, around=around))
    except Invalid:
        return set()  # a calendar it names is gone; its start says so
