"""Starting a run from a step of another run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, or_, select

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, NotFound
from engine.domain.runs.states import ARCHIVED
from engine.domain.workflows.limits import key_of
from engine.models import User, Workflow
from engine.services.runs import calls, executions

DEEPEST: Final = 5


@dataclass(frozen=True, slots=True)
class Start:
    """What a step wants: the workflow by slug or id, which the owner of the step's workflow must see.

    `waits`: the step's run rests until the one it starts has ended.
    """

    execution_id: str
    step_key: str
    position: str
    workflow: str
    inputs: Mapping[str, Any]
    owner_id: str
    depth: int
    waits: bool
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
        select(Workflow.id, Workflow.live_version_id, Workflow.max_concurrent, Workflow.concurrency_key,
               Workflow.max_per_key)
        .where(or_(Workflow.slug == one.workflow, Workflow.id == one.workflow), Workflow.state != ARCHIVED,
               or_(Workflow.owner_id == one.owner_id, sees_all))
    ).one_or_none()
    if target is None:
        raise NotFound(f"There is no workflow “{one.workflow}”.")
    if target.live_version_id is None:
        raise Conflict(f"The workflow “{one.workflow}” has no live version yet. Make it live first.")
    if one.waits and _never_begins(uow, one, target):
        raise Conflict(f"“{one.workflow}” could not begin before the run that would wait for it has ended. "
                       "Raise how many of its runs may go at the same time, or do not wait for the result.")
    return executions.queue(
        uow, target.id, target.live_version_id, started_by="workflow", at=one.at, given=one.inputs,
        idempotency_key=f"step:{one.execution_id}:{one.step_key}:{one.position}",
        parent_id=one.execution_id, parent_step=one.step_key, parent_position=one.position,
        depth=one.depth + 1,
    )


def _never_begins(uow: UnitOfWork, one: Start, target: Row[Any]) -> bool:
    """Whether the runs that would wait for this one have the very places it needs."""
    key = key_of(target.concurrency_key, one.inputs)
    if target.max_concurrent is None and key is None:
        return False
    above = [run.concurrency_key for run in calls.waiting_for(uow, one.execution_id)
             if run.workflow_id == target.id]
    is_full = target.max_concurrent is not None and len(above) >= target.max_concurrent
    return is_full or (key is not None and above.count(key) >= (target.max_per_key or 1))
