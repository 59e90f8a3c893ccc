"""Freezing drafts into versions, and choosing which one is live."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from engine.db import UnitOfWork
from engine.domain.errors import NotFound
from engine.domain.events import WORKFLOW, Change
from engine.domain.ids import new_id
from engine.domain.runs.states import DRAFT, OFF
from engine.domain.steps.checks import parse_steps
from engine.models import Workflow, WorkflowVersion
from engine.queries.server import scripts
from engine.services import audit
from engine.services.planning import schedules
from engine.services.workflows import workflows
from engine.steps import registry


def freeze(
    uow: UnitOfWork, workflow_id: str, steps: Sequence[Mapping[str, Any]], *, by: str, at: datetime,
    note: str = "",
) -> int:
    """Keep `steps` as the next version, not live yet, and return its number.

    Raises `Invalid` with everything that is still to be put right.
    """
    workflows.locked(uow, workflow_id)
    parsed = parse_steps(list(steps), registry())
    latest = uow.execute(
        select(func.max(WorkflowVersion.number)).where(WorkflowVersion.workflow_id == workflow_id)
    ).scalar_one()
    number = (latest or 0) + 1
    uow.execute(insert(WorkflowVersion).values(
        id=new_id(at), workflow_id=workflow_id, number=number,
        definition={"steps": [step.to_mapping() for step in parsed]},
        note=note, created_by=by, created_at=at,
    ))
    return number


def make_live(uow: UnitOfWork, workflow_id: str, number: int, *, by: str, at: datetime) -> None:
    """Let runs that start from now on use version `number`; runs under way keep theirs.

    Raises `Conflict` for a step that is switched off on this server.
    """
    workflow = workflows.locked(uow, workflow_id)
    version = uow.execute(
        select(WorkflowVersion.id, WorkflowVersion.definition)
        .where(WorkflowVersion.workflow_id == workflow_id, WorkflowVersion.number == number)
    ).one_or_none()
    if version is None:
        raise NotFound(f"There is no version {number}.")
    scripts.refuse_switched_off(uow.connection, version.definition["steps"])
    uow.execute(
        update(Workflow).where(Workflow.id == workflow_id).values(
            live_version_id=version.id, updated_at=at,
            state=OFF if workflow.state == DRAFT else workflow.state,
        )
    )
    schedules.sync(uow, workflow_id, at)
    audit.record(uow, by, "workflow.made_live", "workflow", workflow_id, {"version": number}, at)
    uow.record(Change(WORKFLOW, at, workflow_id))


def freeze_draft(uow: UnitOfWork, workflow_id: str, *, by: str, at: datetime, note: str = "") -> int:
    """Freeze the draft and return the version's number; one that is frozen already keeps its number."""
    draft = workflows.locked(uow, workflow_id).draft
    latest = uow.execute(
        select(WorkflowVersion.number, WorkflowVersion.definition)
        .where(WorkflowVersion.workflow_id == workflow_id)
        .order_by(WorkflowVersion.number.desc()).limit(1)
    ).one_or_none()
    steps = [step.to_mapping() for step in parse_steps(list(draft), registry())]
    if latest is not None and latest.definition["steps"] == steps:
        return int(latest.number)
    return freeze(uow, workflow_id, draft, by=by, at=at, note=note)


def publish_draft(uow: UnitOfWork, workflow_id: str, *, by: str, at: datetime, note: str = "") -> int:
    """Freeze the draft and make it live in one go; return the version's number."""
    draft = workflows.locked(uow, workflow_id).draft
    number = freeze(uow, workflow_id, draft, by=by, at=at, note=note)
    make_live(uow, workflow_id, number, by=by, at=at)
    return number


def restore(uow: UnitOfWork, workflow_id: str, number: int, *, by: str, at: datetime) -> None:
    """Make a version's steps the draft; nothing goes live by that. Raises `NotFound`."""
    draft_rev = workflows.locked(uow, workflow_id).draft_rev
    definition = uow.execute(
        select(WorkflowVersion.definition)
        .where(WorkflowVersion.workflow_id == workflow_id, WorkflowVersion.number == number)
    ).scalar_one_or_none()
    if definition is None:
        raise NotFound(f"There is no version {number}.")
    workflows.save_draft(uow, workflow_id, definition["steps"], rev=draft_rev, by=by, at=at)
