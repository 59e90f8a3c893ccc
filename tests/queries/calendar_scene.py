"""Workflows with schedules and a past, and a look at their calendar."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, true

from engine.domain.due.agenda import Agenda
from engine.domain.due.calendar_slots import slots
from engine.domain.ids import new_id
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Execution, Occurrence, Trigger, Workflow
from engine.queries.times import calendar
from engine.queries.times.calendar import Scope
from engine.services.workflows import triggers
from tests.support.stories import Engine, add_live_workflow

EVERYTHING = Scope(true())


def add(engine: Engine, name: str, rule: dict[str, Any], **more: Any) -> str:
    """Add a workflow with one schedule; gives the start's id."""
    workflow_id = add_live_workflow(engine.database, engine.clock.at, [], name=name, **more)
    schedule = parse_schedule(rule, at=engine.clock.at, timezone="Europe/Berlin")
    trigger_id: str = engine.do(lambda uow: triggers.add(
        uow, workflow_id, name="Schedule", kind="schedule", by=None, at=engine.clock.at, schedule=schedule,
    ))
    return trigger_id


def look(engine: Engine, view: str = "list", scope: Scope = EVERYTHING, day: date | None = None) -> Agenda:
    today = engine.clock.at.date()
    pieces = slots(view, day or today, "Europe/Berlin", today)
    with engine.database.reading() as connection:
        return calendar.agenda(connection, scope, pieces, engine.clock.at)


def shown(agenda: Agenda) -> list[tuple[str, str, int]]:
    return [(line.start.workflow_name, line.status, line.times)
            for part in agenda.filled for line in part.lines]


def ran(engine: Engine, trigger_id: str, at: datetime, status: str = "completed", times: int = 1) -> None:
    def work(uow: Any) -> None:
        row = uow.execute(select(Workflow.id, Workflow.live_version_id).join(Trigger)
                          .where(Trigger.id == trigger_id)).one()
        uow.execute(insert(Execution), [{
            "id": new_id(at), "workflow_id": row.id, "version_id": row.live_version_id,
            "trigger_id": trigger_id, "started_by": "schedule", "status": status, "input": {},
            "queued_at": at,
        } for _ in range(times)])

    engine.do(work)


def recorded(engine: Engine, trigger_id: str, at: datetime, outcome: str, reason: str) -> None:
    def work(uow: Any) -> None:
        workflow = select(Trigger.workflow_id).where(Trigger.id == trigger_id)
        uow.execute(insert(Occurrence).values(
            id=new_id(at), trigger_id=trigger_id, scheduled_at=at, outcome=outcome, reason=reason,
            workflow_id=uow.execute(workflow).scalar_one(), created_at=at,
        ))

    engine.do(work)
