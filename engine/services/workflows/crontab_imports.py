"""Crontabs brought in: every job a draft, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.db import UnitOfWork
from engine.domain.workflows.crontab_drafts import Draft
from engine.models import Workflow
from engine.services.workflows import documents


@dataclass(frozen=True)
class Made:
    """The workflow made of one line."""

    workflow_id: str
    slug: str


def bring_in(uow: UnitOfWork, drafts: Sequence[Draft], *, owner_id: str, at: datetime) -> dict[int, Made]:
    """Make a draft workflow of each job, nothing switched on; return them by the number of their line."""
    ids = {
        draft.job.number: documents.create(uow, draft.document, draft=draft.steps, owner_id=owner_id, at=at)
        for draft in drafts
    }
    slugs = {row.id: row.slug for row in uow.execute(
        select(Workflow.id, Workflow.slug).where(Workflow.id.in_(ids.values()))
    )}
    return {number: Made(workflow_id, slugs[workflow_id]) for number, workflow_id in ids.items()}
