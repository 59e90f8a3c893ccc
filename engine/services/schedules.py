"""The only writer of producer schedules, called in the transaction of whatever changed a start.

A row that did not change keeps its `next_run_at`; changing one producer never moves another.
Editing or resuming never fires the past: what was due and not yet picked up is withdrawn on record.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Invalid
from engine.domain.ids import new_id
from engine.domain.occurrences import next_occurrence
from engine.domain.schedules import parse_schedule
from engine.domain.states import ACTIVE, BROKEN, ENDED, ON, PAUSED, SKIPPED
from engine.models import ProducerSchedule, Trigger, Workflow
from engine.services import ledger
from engine.services.upsert import upsert

SCHEDULE = "schedule"
NEVER_AGAIN = "This will never run again."
_CHANGING = ("producer_name", "schedule_type", "schedule_value", "timezone", "next_run_at", "state",
             "note", "fail_count", "updated_at")


def sync(uow: UnitOfWork, workflow_id: str, at: datetime) -> None:
    """Make the schedule rows of a workflow agree with its starts and its state."""
    workflow = uow.execute(select(Workflow.state).where(Workflow.id == workflow_id)).one()
    rows = {row.trigger_id: row for row in uow.execute(
        select(*ProducerSchedule.__table__.columns).where(ProducerSchedule.workflow_id == workflow_id)
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
        _sync_one(uow, workflow.state, trigger, rows.get(trigger.id), at)


def restart(uow: UnitOfWork, trigger_id: str) -> None:
    """Let the next `sync` plan this producer afresh, whatever stopped it before."""
    uow.execute(
        update(ProducerSchedule)
        .where(ProducerSchedule.trigger_id == trigger_id, ProducerSchedule.state != ACTIVE)
        .values(state=PAUSED, note="", fail_count=0)
    )


def park(uow: UnitOfWork, schedule_id: str, why: str, at: datetime) -> None:
    """Stop a row that can't be read, and show why. Emptied, it is planned afresh at the next save."""
    uow.execute(
        update(ProducerSchedule).where(ProducerSchedule.id == schedule_id)
        .values(state=BROKEN, next_run_at=None, note=why, schedule_value={}, updated_at=at)
    )


def _sync_one(
    uow: UnitOfWork, workflow_state: str, trigger: Row[Any], row: Row[Any] | None, at: datetime
) -> None:
    value = trigger.config["schedule"]
    same_rule = row is not None and row.schedule_value == value
    wanted = workflow_state == ON and trigger.enabled
    if row is not None and same_rule and wanted and row.state != PAUSED:
        _rename(uow, row, trigger.name, at)
        return
    if row is not None:
        _withdraw(uow, row, at, "edited" if not same_rule else "paused")
    planned = _planned(value, at) if wanted else _idle(value, trigger.enabled)
    uow.execute(
        upsert(uow, ProducerSchedule, ("trigger_id",), _CHANGING),
        {"id": new_id(at), "workflow_id": trigger.workflow_id, "trigger_id": trigger.id,
         "producer_name": trigger.name, "schedule_value": value, "cursor": None, "fail_count": 0,
         "updated_at": at, **planned},
    )


def _planned(value: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    try:
        schedule = parse_schedule(value, at=at, stored=True)
    except Invalid as error:
        return {**_unread(value), "state": BROKEN, "note": error.message}
    due = next_occurrence(schedule, at)
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
        uow.execute(
            update(ProducerSchedule).where(ProducerSchedule.id == row.id)
            .values(producer_name=name, updated_at=at)
        )


def _withdraw(uow: UnitOfWork, row: Row[Any], at: datetime, reason: str) -> None:
    """Put on record that a time already due will not run because its start was changed."""
    if row.state == ACTIVE and row.next_run_at is not None and row.next_run_at <= at:
        ledger.record(uow, row.trigger_id, row.workflow_id, row.next_run_at, at,
                      outcome=SKIPPED, reason=reason)
