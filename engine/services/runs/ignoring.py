"""Runs that somebody has seen and wants no reminder of. They stay as they are."""

from datetime import datetime

from sqlalchemy import delete

from engine.db import UnitOfWork
from engine.domain.errors import Conflict
from engine.domain.events import IGNORED, Change
from engine.domain.runs.states import needs_attention
from engine.models import IgnoredRun
from engine.services import audit
from engine.services.inserts import insert
from engine.services.runs import executions


def ignore(uow: UnitOfWork, execution_id: str, *, by: str, user_id: str | None, at: datetime) -> None:
    """Take a run off what needs attention; who did so first stays on record.

    Raises `Conflict` when there is nothing about it to see to.
    """
    run = executions.get(uow, execution_id)
    if not needs_attention(run.status, unusual=run.unusual):
        raise Conflict("Only a run that failed or looks unusual can be ignored.")
    row = {"execution_id": execution_id, "by": by, "at": at}
    if uow.moved(insert(uow, IgnoredRun).values(row).on_conflict_do_nothing(index_elements=["execution_id"])):
        audit.record(uow, user_id, "execution.ignored", "execution", execution_id, None, at)
        uow.record(Change(IGNORED, at, run.workflow_id, execution_id))


def take_back(uow: UnitOfWork, execution_id: str, *, user_id: str | None, at: datetime) -> None:
    """Put a run back among what needs attention; nothing changes when it was not ignored."""
    run = executions.get(uow, execution_id)
    if uow.moved(delete(IgnoredRun).where(IgnoredRun.execution_id == execution_id)):
        audit.record(uow, user_id, "execution.not_ignored", "execution", execution_id, None, at)
        uow.record(Change(IGNORED, at, run.workflow_id, execution_id))
