"""Starting a run from a step of another run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, NotFound
from engine.domain.runs.states import ARCHIVED
from engine.models import User, Workflow
from engine.services.runs import executions

DEEPEST: Final = 5


@dataclass(frozen=True, slots=True)
class Start:
    """What a step wants: the workflow by slug or id, which the owner of the step's workflow must see."""

    execution_id: str
    step_key: str
    position: str
    workflow: str
    inputs: Mapping[str, Any]
    owner_id: str
    depth: int
    at: datetime


def start(uow: UnitOfWork, starts: Sequence[Start]) -> list[str]:
    """Start the runs and return their ids; a step that is repeated finds the run it has started.

    Raises `NotFound`, or `Conflict` when nothing is live or workflows start each other without an end.
    """
    return [_start(uow, one) for one in starts]


def _start(uow: UnitOfWork, one: Start) -> str:
    if one.depth >= DEEPEST:
        raise Conflict(f"Workflows start each other more than {DEEPEST} deep. Do they go in a circle?")
    sees_all = select(User.role).where(User.id == one.owner_id).scalar_subquery() == "admin"
    target = uow.execute(
        select(Workflow.id, Workflow.live_version_id)
        .where(or_(Workflow.slug == one.workflow, Workflow.id == one.workflow), Workflow.state != ARCHIVED,
               or_(Workflow.owner_id == one.owner_id, sees_all))
    ).one_or_none()
    if target is None:
        raise NotFound(f"There is no workflow “{one.workflow}”.")
    if target.live_version_id is None:
        raise Conflict(f"The workflow “{one.workflow}” has no live version yet. Make it live first.")
    return executions.queue(
        uow, target.id, target.live_version_id, started_by="workflow", at=one.at, given=one.inputs,
        idempotency_key=f"step:{one.execution_id}:{one.step_key}:{one.position}",
        parent_id=one.execution_id, parent_step=one.step_key, parent_position=one.position,
        depth=one.depth + 1,
    )
