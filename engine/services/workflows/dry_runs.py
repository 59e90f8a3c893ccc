"""Dry runs: a whole workflow goes through, and nothing leaves this server."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid
from engine.models import WorkflowVersion
from engine.services.runs import executions
from engine.services.workflows import versions, workflows

LIVE: Final = "live"
DRAFT: Final = "draft"
VERSIONS: Final = (LIVE, DRAFT)


def role(version: str) -> str:
    """Return the least role that may try this; the draft is for those who may change it."""
    return "editor" if version == DRAFT else "operator"


def start(
    uow: UnitOfWork, workflow_id: str, version: str, *, by: str, at: datetime,
    given: Mapping[str, Any] | None = None, idempotency_key: str | None = None,
    started_by: str = "manual",
) -> str:
    """Queue a dry run of the live version or of the draft and return its id.

    The draft is frozen for it, and does not go live by that. Raises `Invalid` with everything that is still
    to be put right in it, `Conflict` while nothing is live.
    """
    if version not in VERSIONS:
        raise Invalid(f"Choose one of: {', '.join(VERSIONS)}.", field="version")
    live = workflows.locked(uow, workflow_id).live_version_id
    if version == LIVE and live is None:
        raise Conflict("This workflow has no live version yet. Try its draft.")
    version_id = live if version == LIVE else _frozen_draft(uow, workflow_id, by=by, at=at)
    return executions.queue(
        uow, workflow_id, version_id, started_by=started_by, at=at, given=given, user_id=by, dry_run=True,
        idempotency_key=idempotency_key,
    )


def _frozen_draft(uow: UnitOfWork, workflow_id: str, *, by: str, at: datetime) -> str:
    number = versions.freeze_draft(uow, workflow_id, by=by, at=at, note="For a dry run")
    return str(uow.execute(
        select(WorkflowVersion.id)
        .where(WorkflowVersion.workflow_id == workflow_id, WorkflowVersion.number == number)
    ).scalar_one())
