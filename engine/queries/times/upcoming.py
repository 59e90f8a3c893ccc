"""The times to come of starts, with what people decided about single ones."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from engine.domain.errors import Invalid
from engine.domain.runs.states import INPUTS, MOVE, RUN_EARLY
from engine.domain.schedules.schedules import Schedule
from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.models import OccurrenceOverride, User
from engine.queries.times import surroundings

_STILL_RUNS: Final = (MOVE, INPUTS)
_JUST: Final = timedelta(microseconds=1)


class Producer(NamedTuple):
    """A start that is planned."""

    trigger_id: str
    name: str
    schedule: Schedule


@dataclass(frozen=True)
class Due:
    """One time to come. `scheduled_at` is what its rule says; decisions are kept under that."""

    trigger_id: str
    name: str
    scheduled_at: datetime
    decision: Row[Any] | None = None

    @property
    def at(self) -> datetime:
        """When it really comes."""
        moved_to: datetime | None = self.decision.moved_to if self.decision else None
        return moved_to or self.scheduled_at

    @property
    def will_run(self) -> bool:
        return self.decision is None or self.decision.action in _STILL_RUNS

    def can_be_changed(self, at: datetime) -> bool:
        """Whether people may still decide about it, or take back what they decided."""
        has_run = self.decision is not None and self.decision.action == RUN_EARLY
        return min(self.scheduled_at, self.at) > at and not has_run


def upcoming(
    connection: Connection, producers: Sequence[Producer], at: datetime, count: int, *,
    until: datetime | None = None,
) -> list[Due]:
    """Return the next times until `count` of them will run, the earliest first."""
    ids = [producer.trigger_id for producer in producers]
    around = surroundings.of(connection, ids, after=at)
    decided = _decisions(connection, ids, at)
    found = [due for producer in producers
             for due in _of_one(producer, around[producer.trigger_id], decided, at, count, until)]
    found.sort(key=lambda due: (due.at, due.name))
    running = [number for number, due in enumerate(found) if due.will_run]
    return found[:running[count - 1] + 1] if len(running) >= count else found


def one(connection: Connection, producer: Producer, moment: datetime, at: datetime) -> Due | None:
    """Return the time to come that is due, or was moved to, `moment`; None when it is over or not planned."""
    decided = _decisions(connection, [producer.trigger_id], at).values()
    decision = next((row for row in decided if moment in (row.scheduled_at, row.moved_to)), None)
    if decision is not None:
        due = Due(producer.trigger_id, producer.name, decision.scheduled_at, decision)
        return due if due.at > at else None
    rule = replace(surroundings.one(connection, producer.trigger_id), overrides=())
    times = occurrences(producer.schedule, moment - _JUST, moment, around=rule)
    is_planned = moment > at and moment in times
    return Due(producer.trigger_id, producer.name, moment) if is_planned else None


def _of_one(
    producer: Producer, around: Surroundings, decided: dict[tuple[str, datetime], Row[Any]], at: datetime,
    count: int, until: datetime | None,
) -> list[Due]:
    own = {moment: row for (trigger_id, moment), row in decided.items() if trigger_id == producer.trigger_id}
    rule = replace(around, overrides=())
    try:
        planned = list(occurrences(producer.schedule, at, until, count + len(own), around=rule))
    except Invalid:
        return []  # a calendar it names is gone; its start says so
    moved = [moment for moment, row in own.items()
             if row.moved_to and row.moved_to > at and (until is None or row.moved_to <= until)]
    dues = (Due(producer.trigger_id, producer.name, moment, own.get(moment)) for moment in {*planned, *moved})
    return [due for due in dues if due.at > at]


def _decisions(
    connection: Connection, trigger_ids: Collection[str], at: datetime
) -> dict[tuple[str, datetime], Row[Any]]:
    table = OccurrenceOverride
    rows = connection.execute(
        select(table.trigger_id, table.scheduled_at, table.action, table.moved_to, table.inputs,
               table.note, User.name.label("by"))
        .outerjoin(User, User.id == table.created_by)
        .where(table.trigger_id.in_(trigger_ids), (table.scheduled_at > at) | (table.moved_to > at))
    )
    return {(row.trigger_id, row.scheduled_at): row for row in rows}
