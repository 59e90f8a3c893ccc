"""Times in which nothing ran, and the runs missed in them that people want after all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, insert, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict
from engine.domain.events import OCCURRENCE, Change
from engine.domain.ids import new_id
from engine.domain.runs.states import MISSED, STARTED
from engine.domain.timetables.policies import read_policies
from engine.models import Occurrence, Outage, ProducerSchedule, Trigger, Workflow
from engine.queries.overview.downtime import IS_ASKED
from engine.services import audit
from engine.services.due import dispatch
from engine.services.due.due_rows import execution
from engine.services.names import name_of
from engine.services.runs import overlaps

LONGEST_HICCUP: Final = timedelta(minutes=1)
_MANY: Final = 1000


def notice(uow: UnitOfWork, last_tick: datetime | None, at: datetime) -> None:
    """Put it on record when no leader ticked for a while."""
    if last_tick is not None and at - last_tick > LONGEST_HICCUP:
        uow.execute(insert(Outage).values(id=new_id(at), started_at=last_tick, ended_at=at))


def handle(uow: UnitOfWork, outage_id: str, *, by: str, at: datetime) -> None:
    """Say that what this outage missed has been dealt with."""
    handled = uow.moved(
        update(Outage).where(Outage.id == outage_id, Outage.handled_at.is_(None))
        .values(handled_at=at, handled_by=by)
    )
    if not handled:
        raise Conflict("Somebody has dealt with this already.")


def run_missed(
    uow: UnitOfWork, occurrence_ids: Sequence[str] | None, *, by: str, at: datetime
) -> list[str]:
    """Run these missed times after all, or (None) all that wait for an answer; return the runs' ids.

    The runs of one start come one after the other, at the pace its rule for missed times names.
    """
    rows = _missed(uow, occurrence_ids)
    live = overlaps.live_runs(uow, {row.trigger_id for row in rows})
    name, latest, started = name_of(uow, by), dict[str, datetime](), list[dict[str, Any]]()
    for row in rows:
        policies = read_policies(row.schedule_value.get("policies"))
        in_line = policies.overlap.rule != "allow"
        before = latest.get(row.trigger_id)
        not_before = latest[row.trigger_id] = at if before is None else before + policies.missed.pace
        going_on = bool(live[row.trigger_id].running or live[row.trigger_id].waiting) or before is not None
        started.append(execution(row, row.id, new_id(at), row.inputs, at, not_before=not_before,
                                 in_line=in_line and going_on))
        _settle(uow, row, at, outcome=STARTED, reason="released", execution_id=started[-1]["id"], by=name)
    dispatch.queue(uow, started, at)
    audit.record(uow, by, "missed.run", "occurrence", None, {"count": len(rows)}, at)
    return [run["id"] for run in started]


def dismiss(uow: UnitOfWork, occurrence_ids: Sequence[str] | None, *, by: str, at: datetime) -> int:
    """Let these missed times go, or (None) all that wait for an answer; return how many."""
    rows, name = _missed(uow, occurrence_ids), name_of(uow, by)
    for row in rows:
        _settle(uow, row, at, outcome=MISSED, reason="dismissed", execution_id=None, by=name)
    audit.record(uow, by, "missed.dismissed", "occurrence", None, {"count": len(rows)}, at)
    return len(rows)


def _missed(uow: UnitOfWork, occurrence_ids: Sequence[str] | None) -> Sequence[Row[Any]]:
    which: Any = IS_ASKED if occurrence_ids is None else Occurrence.id.in_(occurrence_ids)
    return uow.execute(
        select(
            Occurrence.id, Occurrence.trigger_id, Occurrence.workflow_id, Occurrence.reason_data,
            Trigger.inputs, ProducerSchedule.schedule_value, Workflow.live_version_id,
            Workflow.concurrency_key, Workflow.priority,
        )
        .join(Trigger, Trigger.id == Occurrence.trigger_id)
        .join(Workflow, Workflow.id == Occurrence.workflow_id)
        .join(ProducerSchedule, ProducerSchedule.trigger_id == Occurrence.trigger_id)
        .where(which, Occurrence.outcome == MISSED, Occurrence.execution_id.is_(None),
               Workflow.live_version_id.is_not(None))
        .order_by(Occurrence.scheduled_at, Occurrence.id).limit(_MANY)
    ).all()


def _settle(uow: UnitOfWork, row: Row[Any], at: datetime, *, by: str | None, **columns: Any) -> None:
    settled = uow.moved(
        update(Occurrence)
        .where(Occurrence.id == row.id, Occurrence.outcome == MISSED, Occurrence.execution_id.is_(None))
        .values(reason_data={**(row.reason_data or {}), "by": by}, **columns)
    )
    if not settled:
        raise Conflict("Somebody has answered this already.")
    uow.record(Change(OCCURRENCE, at, row.workflow_id))
