"""The only writer of producer schedules, called in the transaction of whatever changed a start.

A row that did not change keeps its `next_run_at`; changing one producer never moves another. While a
workflow is paused until a date its rows rest, but name the first time they will come after it.
Editing or resuming never fires the past: what was due and not yet picked up is withdrawn on record.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, delete, or_, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Invalid
from engine.domain.ids import new_id
from engine.domain.runs.states import ACTIVE, AUTO_PAUSED, BROKEN, ENDED, ON, PAUSED, SKIPPED
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.timetables.occurrences import Surroundings, is_planned, next_occurrence
from engine.models import Base, OccurrenceOverride, ProducerSchedule, Trigger, Workflow
from engine.queries.times import surroundings
from engine.services import audit
from engine.services.planning import ledger

SCHEDULE = "schedule"
NEVER_AGAIN = "This will never run again."
_SCHEDULES: Final = Base.metadata.tables[ProducerSchedule.__tablename__]


def sync(uow: UnitOfWork, workflow_id: str, at: datetime, *, since: datetime | None = None) -> None:
    """Make the schedule rows of a workflow agree with its starts and its state.

    What is planned afresh is planned after `since`, `at` by default.
    """
    workflow = uow.execute(
        select(Workflow.state, Workflow.paused_until).where(Workflow.id == workflow_id)).one()
    # Held first, as the dispatcher does it: two that take rows and ledger in turn can't block each other.
    rows = {row.trigger_id: row for row in uow.execute(
        select(*ProducerSchedule.__table__.columns)
        .where(ProducerSchedule.workflow_id == workflow_id).with_for_update()
    )}
    triggers = uow.execute(
        select(*Trigger.__table__.columns).where(
            Trigger.workflow_id == workflow_id, Trigger.kind == SCHEDULE, Trigger.removed_at.is_(None)
        )
    ).all()
    for gone in rows.keys() - {trigger.id for trigger in triggers}:
        _withdraw(uow, rows[gone], at, "removed")
        uow.execute(delete(ProducerSchedule).where(ProducerSchedule.trigger_id == gone))
    for trigger in triggers:
        _sync_one(uow, workflow, trigger, rows.get(trigger.id), at, since or at)


def replan(uow: UnitOfWork, at: datetime, *which: ColumnElement[bool]) -> None:
    """Give these producers their next time by what surrounds them now.

    A time that is due already stays the dispatcher's; nothing fires by it.
    """
    rows = uow.execute(
        select(ProducerSchedule.id, ProducerSchedule.trigger_id, ProducerSchedule.schedule_value,
               ProducerSchedule.next_run_at, ProducerSchedule.state, ProducerSchedule.note)
        .where(_is_planned_ahead(at), *which).order_by(ProducerSchedule.id).with_for_update()
    ).all()
    around = surroundings.of(uow.connection, [row.trigger_id for row in rows], after=at)
    changed = [
        {"row_id": row.id, **planned, **_resting(row)} for row in rows
        if (planned := _planned(row.schedule_value, around[row.trigger_id], at))["next_run_at"]
        != row.next_run_at
    ]
    if changed:
        columns: dict[str, Any] = {name: bindparam(name) for name in changed[0] if name != "row_id"}
        table = Base.metadata.tables[ProducerSchedule.__tablename__]
        uow.execute(update(table).where(table.c.id == bindparam("row_id"))
                    .values(updated_at=at, **columns), changed)


def restart(uow: UnitOfWork, trigger_id: str) -> None:
    """Let the next `sync` plan this producer afresh, whatever stopped it before."""
    uow.execute(
        update(ProducerSchedule)
        .where(ProducerSchedule.trigger_id == trigger_id, ProducerSchedule.state != ACTIVE)
        .values(state=PAUSED, note="", fail_count=0)
    )


def park(uow: UnitOfWork, schedule_id: str, why: str, at: datetime) -> None:
    """Stop a row that can't be read, and show why. Emptied, it is planned afresh at the next save."""
    mine = ProducerSchedule.id == schedule_id
    row = uow.execute(select(
        ProducerSchedule.trigger_id, ProducerSchedule.workflow_id, ProducerSchedule.state,
        ProducerSchedule.next_run_at,
    ).where(mine)).one()
    _withdraw(uow, row, at, "error")
    uow.execute(
        update(ProducerSchedule).where(mine)
        .values(state=BROKEN, next_run_at=None, note=why, schedule_value={}, updated_at=at)
    )
    audit.record(uow, None, "start.stopped", "trigger", row.trigger_id, {"note": why}, at)


def stop(uow: UnitOfWork, row: Row[Any], note: str, at: datetime) -> None:
    """Pause a row that fails too often, until somebody turns its start on again."""
    _withdraw(uow, row, at, "auto_paused")
    uow.execute(
        update(ProducerSchedule).where(ProducerSchedule.id == row.id)
        .values(state=AUTO_PAUSED, next_run_at=None, note=note, updated_at=at)
    )


def _is_planned_ahead(at: datetime) -> ColumnElement[bool]:
    """A row with a time to come, or one that is over; a paused one only where it names its next time."""
    due = ProducerSchedule.next_run_at
    running = ProducerSchedule.state.in_((ACTIVE, ENDED)) & or_(due > at, due.is_(None))
    return or_(running, (ProducerSchedule.state == PAUSED) & (due > at))


def _resting(row: Row[Any]) -> dict[str, Any]:
    return {"state": row.state, "note": row.note} if row.state == PAUSED else {}


def _sync_one(
    uow: UnitOfWork, workflow: Row[Any], trigger: Row[Any], row: Row[Any] | None, at: datetime,
    since: datetime,
) -> None:
    value = trigger.config["schedule"]
    same_rule = row is not None and row.schedule_value == value
    wanted = workflow.state == ON and trigger.enabled
    # Failures stopped it: pausing and resuming the workflow is nobody's word that it may go on.
    stopped = row is not None and row.state == AUTO_PAUSED and trigger.enabled
    if row is not None and same_rule and (stopped or (wanted and row.state != PAUSED)):
        _rename(uow, row, trigger.name, at)
        return
    if row is not None:
        _withdraw(uow, row, at, "edited" if not same_rule else "paused")
        if not same_rule:
            _forget_overrides(uow, trigger.id, value, at)
    planned = _idle(value, trigger.enabled)
    if wanted or (trigger.enabled and workflow.paused_until):
        coming = _planned(value, surroundings.one(uow.connection, trigger.id, after=since), since)
        planned = coming if wanted else {**planned, "next_run_at": coming["next_run_at"]}
    new = {"id": new_id(at), "workflow_id": trigger.workflow_id, "trigger_id": trigger.id,
           "producer_name": trigger.name, "schedule_value": value, "cursor": None, "fail_count": 0,
           "updated_at": at, **planned}
    uow.put(_SCHEDULES, ("trigger_id",), [new], keeping=("id", "cursor"))


def _planned(value: Mapping[str, Any], around: Surroundings, at: datetime) -> dict[str, Any]:
    try:
        schedule = parse_schedule(value, at=at, stored=True)
        due = next_occurrence(schedule, at, around=around)
    except Invalid as error:
        return {**_unread(value), "state": BROKEN, "note": error.message}
    return {
        "schedule_type": schedule.kind, "timezone": schedule.timezone, "next_run_at": due,
        "state": ACTIVE if due else ENDED, "note": "" if due else NEVER_AGAIN,
    }


def _idle(value: Mapping[str, Any], enabled: bool) -> dict[str, Any]:
    note = "The workflow is not on." if enabled else "This start is switched off."
    return {**_unread(value), "state": PAUSED, "note": note}


def _unread(value: Mapping[str, Any]) -> dict[str, Any]:
    kinds = ("interval", "cron", "daily", "weekly", "monthly", "once")
    return {
        "schedule_type": next((kind for kind in kinds if kind in value), "unknown"),
        "timezone": str(value.get("timezone", "UTC")), "next_run_at": None,
    }


def _rename(uow: UnitOfWork, row: Row[Any], name: str, at: datetime) -> None:
    if row.producer_name != name:
        uow.execute(update(ProducerSchedule).where(ProducerSchedule.id == row.id)
                    .values(producer_name=name, updated_at=at))


def _forget_overrides(uow: UnitOfWork, trigger_id: str, value: Mapping[str, Any], at: datetime) -> None:
    """Drop what was decided about single times that the new rule does not have."""
    table = OccurrenceOverride
    decided = uow.execute(
        select(table.id, table.scheduled_at).where(table.trigger_id == trigger_id, table.settled_at.is_(None))
    ).all()
    if not decided:
        return
    schedule = parse_schedule(value, at=at, stored=True)
    around = replace(surroundings.one(uow.connection, trigger_id), overrides=())
    gone = [row.id for row in decided if not is_planned(schedule, row.scheduled_at, around)]
    uow.execute(delete(table).where(table.id.in_(gone)))


def _withdraw(uow: UnitOfWork, row: Row[Any], at: datetime, reason: str) -> None:
    """Put on record that a time already due will not run because its start was changed."""
    if row.state == ACTIVE and row.next_run_at is not None and row.next_run_at <= at:
        ledger.record(uow, row.trigger_id, row.workflow_id, row.next_run_at, at,
                      outcome=SKIPPED, reason=reason)
