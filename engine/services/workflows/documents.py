"""Whole workflows from documents, in one transaction: the same for files, the interface and templates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from engine.db import UnitOfWork
from engine.domain.ids import new_id
from engine.domain.workflows.definitions import WorkflowDocument
from engine.domain.workflows.limits import to_columns
from engine.models import Workflow, WorkflowVersion
from engine.services.workflows import triggers, versions, workflows


def create(
    uow: UnitOfWork, document: WorkflowDocument, *, owner_id: str, at: datetime,
    draft: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """Add a workflow with its starts, version 1 live and switched off, and return its id.

    With the steps `draft`, which may be unfinished, nothing is published.
    """
    steps = [step.to_mapping() for step in document.steps] if draft is None else list(draft)
    workflow_id = workflows.create(
        uow, owner_id=owner_id, name=document.name, notes=document.notes, steps=steps,
        limits=to_columns(document.limits.model_dump()), retention=document.retention, at=at,
    )
    # Starts are listed by moment and id; of one moment, sorted ids keep the order of the document.
    ids = sorted(new_id(at) for _ in document.starts)
    for trigger_id, start in zip(ids, document.starts, strict=True):
        triggers.add(
            uow, workflow_id, name=start.name, kind=start.kind, schedule=start.schedule,
            inputs=start.inputs, enabled=start.enabled, signed=start.signed, by=owner_id, at=at,
            trigger_id=trigger_id,
        )
    if draft is None:
        versions.publish_draft(uow, workflow_id, by=owner_id, at=at)
    return workflow_id


def add_version(
    uow: UnitOfWork, workflow_id: str, steps: Sequence[Mapping[str, Any]] | None, *, by: str,
    at: datetime, note: str = "",
) -> int:
    """Keep `steps` (None: the draft's) as the next version, not live yet, and return its number.

    A draft nobody has changed since the last version follows, so that it does not undo this one.
    """
    workflow = workflows.locked(uow, workflow_id)
    follows = steps is not None and workflow.draft == _latest_steps(uow, workflow_id)
    number = versions.freeze(uow, workflow_id, workflow.draft if steps is None else steps,
                             by=by, at=at, note=note)
    if follows:
        uow.execute(
            update(Workflow).where(Workflow.id == workflow_id)
            .values(draft=_latest_steps(uow, workflow_id), draft_rev=workflow.draft_rev + 1)
        )
    return number


def _latest_steps(uow: UnitOfWork, workflow_id: str) -> list[Any] | None:
    definition = uow.execute(
        select(WorkflowVersion.definition).where(WorkflowVersion.workflow_id == workflow_id)
        .order_by(WorkflowVersion.number.desc()).limit(1)
    ).scalar_one_or_none()
    return definition["steps"] if definition else None
