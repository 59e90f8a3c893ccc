"""From due to queued: each due time becomes one occurrence row, with a run or the reason for none."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, takewhile
from typing import Any, Final

from sqlalchemy import Row, Text, bindparam, cast, func, select, update
from sqlalchemy.exc import OperationalError

from engine.db import UnitOfWork
from engine.domain.due.due_times import read_stored
from engine.domain.due.lines import REPLACE
from engine.domain.errors import Invalid
from engine.domain.events import OCCURRENCE, QUEUED, Change
from engine.domain.runs.states import ACTIVE, ENDED, PENDING
from engine.domain.timetables.occurrences import Surroundings, next_occurrence, occurrences
from engine.models import Base, Execution, Occurrence, ProducerSchedule, Trigger, Workflow
from engine.queries.server.brake import Brake
from engine.queries.server.brake import current as current_brake
from engine.queries.times import surroundings
from engine.services.due import overrides
from engine.services.due.due_rows import Plan, make_plan, records_of
from engine.services.inserts import insert
from engine.services.planning import schedules
from engine.services.runs import executions, overlaps
from engine.services.runs.overlaps import OVERLAP

log = logging.getLogger(__name__)

BATCH: Final = 500
# More rows than this are not written in one go; what is left is dispatched in the next.
MANY: Final = 5000
_EXECUTIONS: Final = Base.metadata.tables[Execution.__tablename__]


def dispatch(uow: UnitOfWork, at: datetime) -> int:
    """Turn up to `BATCH` due producers into runs; return how many rows were due.

    A row that can't be read is parked with its error; the others go on.
    """
    due = uow.execute(
        select(ProducerSchedule.id, ProducerSchedule.workflow_id)
        .where(ProducerSchedule.state == ACTIVE, ProducerSchedule.next_run_at <= at)
        .order_by(ProducerSchedule.next_run_at).limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    done = _dispatch_together(uow, due, at) if due else 0
    return BATCH if done < len(due) else len(due)


def _dispatch_together(uow: UnitOfWork, due: Sequence[Row[Any]], at: datetime) -> int:
    """Dispatch a batch at once or, when one of it is broken, row by row, each on its own."""
    try:
        with uow.savepoint():
            plans = _plans(uow, [row.id for row in due], at)
            _carry_out(uow, plans, at)
            return len(plans)
    except OperationalError:
        raise  # the database is away: nothing is wrong with the rows
    except Exception as error:  # whatever a row holds, it may not stop the clock for the others
        if len(due) > 1:
            return sum(_dispatch_together(uow, [row], at) for row in due)
        log.warning("schedule %s is parked", due[0].id, exc_info=not isinstance(error, Invalid))
        _park(uow, due[0], error, at)
        return 1


def _park(uow: UnitOfWork, row: Row[Any], error: Exception, at: datetime) -> None:
    why = error.message if isinstance(error, Invalid) else "This schedule can't be read. Save it again."
    schedules.park(uow, row.id, why, at)
    uow.record(Change(OCCURRENCE, at, row.workflow_id))


def next_due(uow: UnitOfWork) -> datetime | None:
    """Return when the earliest producer is due."""
    due: datetime | None = uow.execute(
        select(func.min(ProducerSchedule.next_run_at)).where(ProducerSchedule.state == ACTIVE)
    ).scalar_one()
    return due


def _load(uow: UnitOfWork, schedule_ids: Sequence[str]) -> Sequence[Row[Any]]:
    return uow.execute(
        select(
            ProducerSchedule.id, ProducerSchedule.workflow_id, ProducerSchedule.trigger_id,
            cast(ProducerSchedule.schedule_value, Text).label("written"), ProducerSchedule.next_run_at,
            Trigger.inputs, Workflow.live_version_id, Workflow.concurrency_key, Workflow.priority,
        )
        .join(Trigger, Trigger.id == ProducerSchedule.trigger_id)
        .join(Workflow, Workflow.id == ProducerSchedule.workflow_id)
        .where(ProducerSchedule.id.in_(schedule_ids)).order_by(ProducerSchedule.next_run_at)
    ).all()


def _plans(uow: UnitOfWork, schedule_ids: Sequence[str], at: datetime) -> list[Plan]:
    """Plan as many of the rows as may be written in one go, at least one."""
    rows = _load(uow, schedule_ids)
    trigger_ids = [row.trigger_id for row in rows]
    around = surroundings.of(uow.connection, trigger_ids, after=min(row.next_run_at for row in rows))
    brake = current_brake(uow.connection)
    inputs = overrides.inputs_of(uow, trigger_ids)
    plans, size = list[Plan](), 0
    for row in rows:
        plan = _plan(row, around[row.trigger_id], brake, at)
        plans.append(replace(plan, inputs=inputs[row.trigger_id]) if row.trigger_id in inputs else plan)
        size += plan.size
        if size > MANY:
            break
    return plans


def _plan(row: Row[Any], around: Surroundings, brake: Brake | None, at: datetime) -> Plan:
    if row.live_version_id is None:
        raise Invalid("The workflow has no live version, so this start was stopped.")
    schedule = read_stored(row.written)
    later = occurrences(schedule, row.next_run_at, around=around)
    due: Iterable[datetime] = [row.next_run_at]
    following = next(later, None)
    if following is not None and following <= at:
        due = chain(due, [following], takewhile(lambda moment: moment <= at, later))
        following = next_occurrence(schedule, at, around=around)
    return make_plan(row, schedule.policies, due, following, brake, at)


def _carry_out(uow: UnitOfWork, plans: Sequence[Plan], at: datetime) -> None:
    live = overlaps.live_runs(uow, [plan.row.trigger_id for plan in plans if plan.counts])
    placements = [(plan, plan.placed(live[plan.row.trigger_id], at)) for plan in plans]
    for plan, placed in placements:
        if any(one.action == REPLACE for one in placed):
            executions.cancel_all(uow, live[plan.row.trigger_id].running, by="its next run", at=at)
    records = [record for plan, placed in placements for record in records_of(plan, placed, at)]
    rows = [record.occurrence for record in records]
    fresh = set(uow.execute(
        insert(uow, Occurrence)
        .on_conflict_do_nothing(index_elements=["trigger_id", "scheduled_at"])
        .returning(Occurrence.id),
        rows,
    ).scalars())
    queue(uow, [record.execution for record in records
                if record.execution and record.occurrence["id"] in fresh], at)
    _move_on(uow, plans, at)
    for workflow_id in {row["workflow_id"] for row in rows if row["execution_id"] is None}:
        uow.record(Change(OCCURRENCE, at, workflow_id))


def queue(uow: UnitOfWork, rows: Sequence[dict[str, Any]], at: datetime) -> None:
    """Insert the runs of due times, and ring for those that may start now."""
    uow.add(_EXECUTIONS, rows)
    for row in rows:
        uow.record(Change(QUEUED, at, row["workflow_id"], row["id"]))
        if row["status"] == PENDING and row["reason"] != OVERLAP:
            uow.ring(row["id"], row["workflow_id"], row["priority"])


def _move_on(uow: UnitOfWork, plans: Sequence[Plan], at: datetime) -> None:
    table = Base.metadata.tables[ProducerSchedule.__tablename__]
    uow.execute(
        update(table).where(table.c.id == bindparam("row_id")).values(
            next_run_at=bindparam("due"), state=bindparam("becomes"), note=bindparam("why"),
            last_run_at=at,
        ),
        [{"row_id": plan.row.id, "due": plan.next_run_at,
          "becomes": ACTIVE if plan.next_run_at else ENDED,
          "why": "" if plan.next_run_at else schedules.NEVER_AGAIN} for plan in plans],
    )
