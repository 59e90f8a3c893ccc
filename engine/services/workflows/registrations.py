"""Schedules of other programs: they choose the id of the start, and send it again whenever they like."""

from datetime import datetime

from sqlalchemy import select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict
from engine.domain.schedules.schedules import Schedule
from engine.models import Trigger
from engine.services.planning import schedules
from engine.services.workflows import triggers, workflows

_NAME = "Schedule"


def register(
    uow: UnitOfWork, workflow_id: str, trigger_id: str, schedule: Schedule, *, enabled: bool, by: str,
    at: datetime,
) -> None:
    """Give the start this schedule: changed where it is there, brought back where it was, else added."""
    workflows.locked(uow, workflow_id)
    row = uow.execute(
        select(Trigger.workflow_id, Trigger.kind, Trigger.removed_at).where(Trigger.id == trigger_id)
    ).one_or_none()
    if row is None:
        name = triggers.free_name(uow, workflow_id, _NAME)
        triggers.add(uow, workflow_id, name=name, kind=schedules.SCHEDULE, schedule=schedule,
                     enabled=enabled, by=by, at=at, trigger_id=trigger_id)
        return
    if row.workflow_id != workflow_id or row.kind != schedules.SCHEDULE:
        raise Conflict("This id belongs to another start. Choose a new one.", field="triggerId")
    if row.removed_at is not None:
        uow.execute(
            update(Trigger).where(Trigger.id == trigger_id)
            .values(removed_at=None, name=triggers.free_name(uow, workflow_id, _NAME))
        )
    triggers.edit(uow, trigger_id, schedule=schedule, enabled=enabled, by=by, at=at)
