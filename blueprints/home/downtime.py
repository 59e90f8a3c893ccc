"""What was missed while the app was off, as Home and its own page show it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row

from engine.db import UnitOfWork
from engine.domain.errors import Conflict
from engine.queries.overview import downtime
from engine.queries.overview.downtime import Missed, Tally
from engine.services.due import outages

_LATELY: Final = timedelta(days=14)


@dataclass(frozen=True)
class Section:
    """What one outage missed. `outage` None: older times that still wait for an answer."""

    outage: Row[Any] | None
    starts: Sequence[Missed]

    @property
    def times(self) -> int:
        return sum(start.count for start in self.starts)


def banner(
    connection: Connection, visible: ColumnElement[bool], at: datetime
) -> tuple[Row[Any], Tally] | None:
    """Return the latest outage that missed something, and how much."""
    for outage in _outages(connection, at):
        missed = downtime.tally(connection, visible, outage.started_at, outage.ended_at)
        if missed.times:
            return outage, missed
    return None


def sections(connection: Connection, visible: ColumnElement[bool], at: datetime) -> list[Section]:
    """Return what each outage missed, the latest first, and then what else waits for an answer."""
    found, known = [], set[str]()
    for outage in _outages(connection, at):
        starts = downtime.missed(connection, visible, outage.started_at, outage.ended_at)
        known.update(downtime.ids(connection, visible, outage.started_at, outage.ended_at))
        if starts:
            found.append(Section(outage, starts))
    others = [row for row in downtime.asked(connection, visible) if row.id not in known]
    return [*found, Section(None, _by_start(others))] if others else found


def times(connection: Connection, visible: ColumnElement[bool], at: datetime) -> list[str]:
    """Return every missed time the page stands for."""
    found = {row.id: None for row in downtime.asked(connection, visible)}
    for outage in _outages(connection, at):
        found |= dict.fromkeys(downtime.ids(connection, visible, outage.started_at, outage.ended_at))
    return list(found)


def settle(uow: UnitOfWork, by: str, at: datetime) -> None:
    """Note that what the outages missed has been dealt with, for everybody."""
    for outage in downtime.unhandled(uow.connection):
        with suppress(Conflict):  # somebody else has done so
            outages.handle(uow, outage.id, by=by, at=at)


def _outages(connection: Connection, at: datetime) -> list[Row[Any]]:
    return [outage for outage in downtime.unhandled(connection) if outage.ended_at > at - _LATELY]


def _by_start(rows: Sequence[Row[Any]]) -> list[Missed]:
    found: dict[str, Missed] = {}
    for row in rows:
        before = found.get(row.trigger_id)
        found[row.trigger_id] = Missed(
            row.trigger_id, row.trigger_name, row.workflow_id, row.workflow_name, row.workflow_slug,
            (before.count if before else 0) + 1, row.id, row.scheduled_at, True, row.reason,
        )
    return list(found.values())
