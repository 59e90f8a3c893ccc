"""From due to queued: each due time becomes one occurrence row, with a run or the reason for none."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Invalid
from engine.domain.events import OCCURRENCE, QUEUED, Change
from engine.domain.ids import new_id
from engine.domain.misfires import Decision, decide
from engine.domain.occurrences import next_occurrence, occurrences
from engine.domain.schedules import parse_schedule
from engine.domain.states import ACTIVE, ENDED, PENDING, STARTED
from engine.models import Execution, Occurrence, ProducerSchedule, Trigger, Workflow
from engine.services import schedules
from engine.services.upsert import insert

BATCH: Final = 200
MOST_MISSED: Final = 1000


@dataclass(frozen=True)
class Plan:
    """What one due row asks for: its decisions, oldest first, and its place in time afterwards."""

    row: Row[Any]
    decisions: tuple[Decision, ...]
    next_run_at: datetime | None


def dispatch(uow: UnitOfWork, at: datetime) -> int:
    """Turn up to `BATCH` due producers into runs; return how many rows were due.

    A row that can't be read is parked with its error; the others go on.
    """
    rows = _due(uow, at)
    plans = []
    for row in rows:
        try:
            plans.append(_plan(row, at))
        except Invalid as error:
            schedules.park(uow, row.id, error.message, at)
            uow.record(Change(OCCURRENCE, at, row.workflow_id))
    if plans:
        _carry_out(uow, plans, at)
    return len(rows)


def next_due(uow: UnitOfWork) -> datetime | None:
    """Return when the earliest producer is due."""
    due: datetime | None = uow.execute(
        select(func.min(ProducerSchedule.next_run_at)).where(ProducerSchedule.state == ACTIVE)
    ).scalar_one()
    return due


def _due(uow: UnitOfWork, at: datetime) -> list[Row[Any]]:
    return list(uow.execute(
        select(
            ProducerSchedule.id, ProducerSchedule.workflow_id, ProducerSchedule.trigger_id,
            ProducerSchedule.schedule_value, ProducerSchedule.next_run_at, Trigger.inputs,
            Workflow.live_version_id,
        )
        .join(Trigger, Trigger.id == ProducerSchedule.trigger_id)
        .join(Workflow, Workflow.id == ProducerSchedule.workflow_id)
        .where(ProducerSchedule.state == ACTIVE, ProducerSchedule.next_run_at <= at)
        .order_by(ProducerSchedule.next_run_at).limit(BATCH)
        .with_for_update(of=ProducerSchedule, skip_locked=True)
    ))


def _plan(row: Row[Any], at: datetime) -> Plan:
    if row.live_version_id is None:
        raise Invalid("The workflow has no live version, so this start was stopped.")
    schedule = parse_schedule(row.schedule_value, at=at, stored=True)
    due = chain([row.next_run_at], occurrences(schedule, row.next_run_at, until=at))
    listed = list(islice(due, MOST_MISSED))
    return Plan(row, tuple(decide(listed, at)), next_occurrence(schedule, at))


def _carry_out(uow: UnitOfWork, plans: list[Plan], at: datetime) -> None:
    occurrence_rows, execution_rows = [], {}
    for plan in plans:
        for decision in plan.decisions:
            execution_id = new_id(at) if decision.outcome == STARTED else None
            row = _occurrence(plan.row, decision, execution_id, at)
            occurrence_rows.append(row)
            if execution_id is not None:
                execution_rows[row["id"]] = _execution(plan.row, row, at)
    fresh = set(uow.execute(
        insert(uow, Occurrence)
        .on_conflict_do_nothing(index_elements=["trigger_id", "scheduled_at"])
        .returning(Occurrence.id),
        occurrence_rows,
    ).scalars())
    _queue(uow, [row for key, row in execution_rows.items() if key in fresh], at)
    _move_on(uow, plans, at)
    for workflow_id in {row["workflow_id"] for row in occurrence_rows if row["execution_id"] is None}:
        uow.record(Change(OCCURRENCE, at, workflow_id))


def _queue(uow: UnitOfWork, rows: list[dict[str, Any]], at: datetime) -> None:
    if rows:
        uow.execute(insert(uow, Execution), rows)
    for row in rows:
        uow.record(Change(QUEUED, at, row["workflow_id"], row["id"]))
        uow.ring(row["id"])


def _move_on(uow: UnitOfWork, plans: list[Plan], at: datetime) -> None:
    table = ProducerSchedule.__table__
    uow.execute(
        update(table).where(table.c.id == bindparam("row_id")).values(
            next_run_at=bindparam("due"), state=bindparam("becomes"), note=bindparam("why"),
            last_run_at=at,
        ),
        [{"row_id": plan.row.id, "due": plan.next_run_at,
          "becomes": ACTIVE if plan.next_run_at else ENDED,
          "why": "" if plan.next_run_at else schedules.NEVER_AGAIN} for plan in plans],
    )


def _occurrence(
    row: Row[Any], decision: Decision, execution_id: str | None, at: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(at), "trigger_id": row.trigger_id, "workflow_id": row.workflow_id,
        "scheduled_at": decision.scheduled_at, "outcome": decision.outcome,
        "reason": decision.reason, "reason_data": decision.data or None,
        "execution_id": execution_id, "created_at": at,
    }


def _execution(row: Row[Any], occurrence: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "id": occurrence["execution_id"], "workflow_id": row.workflow_id,
        "version_id": row.live_version_id, "trigger_id": row.trigger_id,
        "occurrence_id": occurrence["id"], "started_by": "schedule", "status": PENDING,
        "input": row.inputs, "queued_at": at, "retry_count": 0, "crash_count": 0, "lease_epoch": 0,
    }
