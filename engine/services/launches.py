"""Making a draft live and turning its workflow on, with a first run to watch if wanted."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from engine.db import UnitOfWork
from engine.domain.errors import Invalid
from engine.domain.fields import utc_text
from engine.domain.schedules import parse_schedule
from engine.domain.states import DRAFT, ON
from engine.models import Trigger
from engine.services import schedules, triggers, versions, workflows

FIRST_RUN_IN: Final = timedelta(minutes=1)


def launch(
    uow: UnitOfWork, workflow_id: str, *, by: str, at: datetime, timezone: str, note: str = "",
    first_run: bool = False,
) -> int:
    """Publish the draft and return the version's number; a workflow that never was live is turned on.

    Raises `Invalid` with everything that is still to be put right.
    `first_run` adds a one-time start a minute from `at`: a real due time through the real scheduler.
    """
    workflow = workflows.locked(uow, workflow_id)
    if not workflow.draft:
        raise Invalid("Add at least one step.", field="steps", code="missing")
    number = versions.publish_draft(uow, workflow_id, by=by, at=at, note=note)
    if workflow.state == DRAFT:
        workflows.switch(uow, workflow_id, ON, by=by, at=at)
    if first_run:
        soon = parse_schedule({"once": utc_text(at + FIRST_RUN_IN)}, at=at, timezone=timezone)
        triggers.add(uow, workflow_id, name=_free_name(uow, workflow_id), kind=schedules.SCHEDULE,
                     schedule=soon, by=by, at=at)
    return number


def _free_name(uow: UnitOfWork, workflow_id: str) -> str:
    """The workflow is locked, so a name that is free stays free."""
    taken = set(uow.execute(
        select(Trigger.name).where(Trigger.workflow_id == workflow_id, Trigger.removed_at.is_(None))
    ).scalars())
    names = ("First run", *(f"First run {number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
