"""Making a draft live and turning its workflow on, with a first run to watch if wanted."""

from datetime import datetime, timedelta
from typing import Final

from engine.db import UnitOfWork
from engine.domain.data.fields import utc_text
from engine.domain.errors import Invalid
from engine.domain.runs.states import DRAFT, ON
from engine.domain.schedules.schedules import parse_schedule
from engine.services.planning import schedules
from engine.services.workflows import triggers, versions, workflows

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
        name = triggers.free_name(uow, workflow_id, "First run")
        triggers.add(uow, workflow_id, name=name, kind=schedules.SCHEDULE, schedule=soon, by=by, at=at)
    return number
