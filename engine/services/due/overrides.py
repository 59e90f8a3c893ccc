"""What people decide about one due time: skip it, move it, run it early, give it other inputs once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.events import WORKFLOW, Change
from engine.domain.ids import new_id
from engine.domain.runs.states import ACTIVE, ENDED, INPUTS, MOVE, RUN_EARLY, SKIP, SKIPPED, STARTED
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.timetables.occurrences import is_planned
from engine.models import Base, Occurrence, OccurrenceOverride, ProducerSchedule, Trigger
from engine.queries.times import surroundings
from engine.services import audit
from engine.services.names import name_of
from engine.services.planning import ledger, schedules
from engine.services.runs import executions

_OVERRIDES: Final = Base.metadata.tables[OccurrenceOverride.__tablename__]
_REASONS = {SKIP: "skipped_by", MOVE: "moved"}


@dataclass(frozen=True)
class _Due:
    """One time to come of one start, with what was decided about it before."""

    trigger_id: str
    row: Row[Any]
    schedule: Schedule
    scheduled_at: datetime
    moved_to: datetime | None
    inputs: Mapping[str, Any] | None


def skip(uow: UnitOfWork, trigger_id: str, moment: datetime, *, by: str, at: datetime,
         note: str = "") -> None:
    """Leave out one time to come."""
    due = _due(uow, trigger_id, moment, at)
    _decide(uow, due, by, at, action=SKIP, note=note)


def move(uow: UnitOfWork, trigger_id: str, moment: datetime, to: datetime, *, by: str, at: datetime,
         note: str = "", inputs: Mapping[str, Any] | None = None) -> None:
    """Let one time to come happen at another moment, both still to come."""
    due = _due(uow, trigger_id, moment, at)
    if to <= at:
        raise Invalid("Choose a time in the future.", field="to")
    around = surroundings.one(uow.connection, trigger_id, after=at)
    if to == due.scheduled_at or is_planned(due.schedule, to, around):
        raise Conflict("This start runs at that time already. Choose another one.", field="to")
    _decide(uow, due, by, at, action=MOVE, moved_to=to, note=note, inputs=inputs or due.inputs)


def change_inputs(uow: UnitOfWork, trigger_id: str, moment: datetime, inputs: Mapping[str, Any], *,
                  by: str, at: datetime, note: str = "") -> None:
    """Give one time to come these inputs, on top of those of its start."""
    due = _due(uow, trigger_id, moment, at)
    action = MOVE if due.moved_to else INPUTS
    _decide(uow, due, by, at, action=action, moved_to=due.moved_to, inputs=inputs, note=note)


def run_early(uow: UnitOfWork, trigger_id: str, moment: datetime, *, by: str, at: datetime,
              note: str = "", inputs: Mapping[str, Any] | None = None, started_by: str = "schedule") -> str:
    """Start the run of a time to come now, and not again when that time comes; return its id."""
    due = _due(uow, trigger_id, moment, at)
    execution_id, occurrence_id = new_id(at), new_id(at)
    given = {**due.row.trigger_inputs, **(due.inputs or {}), **(inputs or {})}
    _decide(uow, due, by, at, action=RUN_EARLY, note=note, settled_at=at)
    data = {"by": name_of(uow, by), "note": note}
    recorded = ledger.record(uow, trigger_id, due.row.workflow_id, due.scheduled_at, at, outcome=STARTED,
                             reason="run_early", reason_data=data, execution_id=execution_id,
                             occurrence_id=occurrence_id)
    if recorded is None:
        raise Conflict("This time is on record already.")
    return executions.start(uow, due.row.workflow_id, started_by=started_by, at=at, given=given, user_id=by,
                            trigger_id=trigger_id, occurrence_id=occurrence_id, execution_id=execution_id)


def undo(uow: UnitOfWork, trigger_id: str, moment: datetime, *, by: str, at: datetime) -> None:
    """Take back what was decided about a time still to come."""
    table, decided = OccurrenceOverride, _decided(uow, trigger_id, moment)
    if decided is None or not uow.moved(delete(table).where(
        table.id == decided.id, table.scheduled_at > at, table.settled_at.is_(None),
        (table.moved_to > at) | table.moved_to.is_(None),
    )):
        raise Conflict("There is nothing to take back any more.")
    _follow(uow, trigger_id, by, "occurrence.restored", decided.scheduled_at, at)


def inputs_of(uow: UnitOfWork, trigger_ids: Collection[str]) -> dict[str, dict[datetime, Mapping[str, Any]]]:
    """Return the inputs given for single times, by start and by the moment at which they apply."""
    table = OccurrenceOverride
    rows = uow.execute(
        select(table.trigger_id, table.scheduled_at, table.moved_to, table.inputs)
        .where(table.trigger_id.in_(trigger_ids), table.settled_at.is_(None))
    )
    found: dict[str, dict[datetime, Mapping[str, Any]]] = {}
    for row in rows:
        if row.inputs:
            found.setdefault(row.trigger_id, {})[row.moved_to or row.scheduled_at] = row.inputs
    return found


def settle(uow: UnitOfWork, at: datetime) -> None:
    """Put on record the times that have passed without a run because somebody said so."""
    table = OccurrenceOverride
    rows = uow.execute(
        select(*table.__table__.columns, ProducerSchedule.workflow_id, ProducerSchedule.state)
        .join(ProducerSchedule, ProducerSchedule.trigger_id == table.trigger_id)
        .where(table.settled_at.is_(None), table.scheduled_at <= at,
               (table.moved_to <= at) | table.moved_to.is_(None),
               (ProducerSchedule.next_run_at > at) | ProducerSchedule.next_run_at.is_(None))
    ).all()
    for row in rows:
        if row.action in _REASONS and row.state in (ACTIVE, ENDED):
            ledger.record(uow, row.trigger_id, row.workflow_id, row.scheduled_at, at, outcome=SKIPPED,
                          reason=_REASONS[row.action], reason_data=_data(uow, row))
    uow.execute(update(table).where(table.id.in_([row.id for row in rows])).values(settled_at=at))


def _data(uow: UnitOfWork, row: Row[Any]) -> dict[str, Any]:
    data = {"by": name_of(uow, row.created_by), "note": row.note}
    return {**data, "to": row.moved_to.isoformat()} if row.moved_to else data


def _decided(uow: UnitOfWork, trigger_id: str, moment: datetime) -> Row[Any] | None:
    """What was decided before about the time that is due, or was moved to, `moment`."""
    table = OccurrenceOverride
    return uow.execute(
        select(*table.__table__.columns)
        .where(table.trigger_id == trigger_id, table.settled_at.is_(None),
               (table.scheduled_at == moment) | (table.moved_to == moment))
        .order_by(table.scheduled_at).limit(1)
    ).one_or_none()


def _due(uow: UnitOfWork, trigger_id: str, moment: datetime, at: datetime) -> _Due:
    """Return the time to come that is due, or was moved to, `moment`; raises when there is none."""
    row = uow.execute(
        select(ProducerSchedule.workflow_id, ProducerSchedule.schedule_value,
               Trigger.inputs.label("trigger_inputs"))
        .join(Trigger, Trigger.id == ProducerSchedule.trigger_id)
        .where(ProducerSchedule.trigger_id == trigger_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such start.")
    decided = _decided(uow, trigger_id, moment)
    scheduled_at = decided.scheduled_at if decided else moment
    around = replace(surroundings.one(uow.connection, trigger_id), overrides=())
    schedule = parse_schedule(row.schedule_value, at=at, stored=True)
    if min(moment, scheduled_at) <= at or not is_planned(schedule, scheduled_at, around):
        raise Conflict("This time is not planned any more. Reload to see the times to come.")
    started = select(Occurrence.id).where(
        Occurrence.trigger_id == trigger_id, Occurrence.scheduled_at == scheduled_at
    )
    if uow.execute(started).first():
        raise Conflict("This time has run early already.")
    return _Due(trigger_id, row, schedule, scheduled_at, decided.moved_to if decided else None,
                decided.inputs if decided else None)


def _decide(uow: UnitOfWork, due: _Due, by: str, at: datetime, **columns: Any) -> None:
    blank: dict[str, Any] = {"moved_to": None, "inputs": None, "note": "", "settled_at": None}
    row = {"id": new_id(at), "trigger_id": due.trigger_id, "scheduled_at": due.scheduled_at,
           "created_by": by, "created_at": at, **blank, **columns}
    uow.put(_OVERRIDES, ("trigger_id", "scheduled_at"), [row], keeping=("id",))
    _follow(uow, due.trigger_id, by, f"occurrence.{columns['action']}", due.scheduled_at, at)


def _follow(
    uow: UnitOfWork, trigger_id: str, by: str, action: str, scheduled_at: datetime, at: datetime
) -> None:
    schedules.replan(uow, at, ProducerSchedule.trigger_id == trigger_id)
    workflow_id = uow.execute(select(Trigger.workflow_id).where(Trigger.id == trigger_id)).scalar_one()
    audit.record(uow, by, action, "trigger", trigger_id, {"scheduled_at": scheduled_at.isoformat()}, at)
    uow.record(Change(WORKFLOW, at, workflow_id))
