"""What lies around the schedules: own calendars, shared blackouts, pauses, what people decided about times.

Preview, calendar pages and dispatcher ask here, so that they can't disagree.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Connection, select

from engine.domain.runs.states import INPUTS
from engine.domain.time.calendars import Calendars
from engine.domain.timetables.occurrences import Surroundings
from engine.domain.timetables.shapes import Closure, Override
from engine.models import Blackout, Calendar, OccurrenceOverride, Trigger, Workflow

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Around(dict[str, Surroundings]):
    """Surroundings by trigger; one that has nothing of its own gets what is `common` to all."""

    def __init__(self, common: Surroundings) -> None:
        super().__init__()
        self.common = common

    def __missing__(self, trigger_id: str) -> Surroundings:
        return self.common


def of(
    connection: Connection, trigger_ids: Collection[str] | None = None, *, after: datetime | None = None
) -> Around:
    """Return what surrounds these starts, or all of them.

    Index the result (`around[trigger_id]`); a start without anything of its own is not a key of it.
    `after` leaves out blackouts that ended and decisions about times that passed before.
    """
    everywhere, by_trigger = _closures(connection, trigger_ids, after)
    around = Around(Surroundings(calendars(connection), closures=everywhere))
    for trigger_id, closures in by_trigger.items():
        around[trigger_id] = replace(around.common, closures=(*everywhere, *closures))
    for trigger_id, overrides in _overrides(connection, trigger_ids, after).items():
        around[trigger_id] = replace(around[trigger_id], overrides=tuple(overrides))
    for trigger_id, until in _pauses(connection, trigger_ids).items():
        around[trigger_id] = replace(around[trigger_id], paused_until=until)
    return around


def one(connection: Connection, trigger_id: str, *, after: datetime | None = None) -> Surroundings:
    """Return what surrounds one start."""
    return of(connection, [trigger_id], after=after)[trigger_id]


def calendars(connection: Connection) -> Calendars:
    """Return all own calendars."""
    return Calendars({
        row.id: frozenset(map(date.fromisoformat, row.days))
        for row in connection.execute(select(Calendar.id, Calendar.days))
    })


def pauses(connection: Connection) -> dict[str, datetime]:
    """Return until when workflows are paused, of those that go on by themselves."""
    # "Is not null" would read all workflows; this way the index is used.
    paused = select(Workflow.id, Workflow.paused_until).where(Workflow.paused_until > _EVER)
    return {row.id: row.paused_until for row in connection.execute(paused)}


def _closures(
    connection: Connection, trigger_ids: Collection[str] | None, after: datetime | None
) -> tuple[tuple[Closure, ...], Mapping[str, list[Closure]]]:
    """Blackouts of everything, and of the starts of single workflows."""
    statement = select(Blackout.name, Blackout.starts_at, Blackout.ends_at, Blackout.workflow_ids)
    if after is not None:
        statement = statement.where(Blackout.ends_at > after)
    everywhere, by_workflow = [], defaultdict(list)
    for row in connection.execute(statement.order_by(Blackout.starts_at, Blackout.id)):
        closure = Closure(row.starts_at, row.ends_at, row.name)
        if row.workflow_ids is None:
            everywhere.append(closure)
        for workflow_id in row.workflow_ids or ():
            by_workflow[workflow_id].append(closure)
    if not by_workflow:
        return tuple(everywhere), {}
    starts = select(Trigger.id, Trigger.workflow_id).where(Trigger.workflow_id.in_(by_workflow))
    if trigger_ids is not None:
        starts = starts.where(Trigger.id.in_(trigger_ids))
    return tuple(everywhere), {row.id: by_workflow[row.workflow_id] for row in connection.execute(starts)}


def _pauses(connection: Connection, trigger_ids: Collection[str] | None) -> dict[str, datetime]:
    """Until when the workflows of these starts are paused, where that is known."""
    until = pauses(connection)
    if not until:
        return {}
    starts = select(Trigger.id, Trigger.workflow_id).where(Trigger.workflow_id.in_(until))
    if trigger_ids is not None:
        starts = starts.where(Trigger.id.in_(trigger_ids))
    return {row.id: until[row.workflow_id] for row in connection.execute(starts)}


def _overrides(
    connection: Connection, trigger_ids: Collection[str] | None, after: datetime | None
) -> Mapping[str, list[Override]]:
    table = OccurrenceOverride
    statement = select(table.trigger_id, table.scheduled_at, table.action, table.moved_to).where(
        table.action != INPUTS
    )
    if trigger_ids is not None:
        statement = statement.where(table.trigger_id.in_(trigger_ids))
    if after is not None:
        statement = statement.where((table.scheduled_at > after) | (table.moved_to > after))
    found: dict[str, list[Override]] = defaultdict(list)
    for row in connection.execute(statement.order_by(table.scheduled_at)):
        found[row.trigger_id].append(Override(row.scheduled_at, row.action, row.moved_to))
    return found
