"""Runs that a call to a web address starts: one for each delivery, however often it is sent."""

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict
from engine.domain.ids import new_id
from engine.domain.workflows.webhooks import Call
from engine.models import Base, Execution, WebhookCall
from engine.services.inserts import insert
from engine.services.runs import executions
from engine.services.runs.subruns import DEEPEST

_CALLS: Final = Base.metadata.tables[WebhookCall.__tablename__]


def receive(uow: UnitOfWork, workflow_id: str, call: Call, at: datetime) -> str:
    """Start the run of a call, or return the one it started when it came first.

    Raises `Conflict` when workflows call each other's addresses without an end.
    """
    execution_id = new_id(at)
    if call.digest is not None and not _is_first(uow, call, execution_id, at):
        return _started_by(uow, call)
    started = executions.start(
        uow, workflow_id, started_by="webhook", at=at, given=call.given, trigger_id=call.trigger_id,
        idempotency_key=_key(call), execution_id=execution_id, depth=_depth(uow, call),
    )
    if call.digest is not None and started != execution_id:
        uow.execute(update(WebhookCall).where(*_of(call)).values(execution_id=started))
    return started


def refuse(uow: UnitOfWork, trigger_id: str, why: str, at: datetime) -> None:
    """Note that a call was refused; each reason is kept once, so strangers fill no table."""
    digest = hashlib.sha256(why.encode()).hexdigest()
    row = {"trigger_id": trigger_id, "digest": digest, "refusal": why, "at": at}
    uow.put(_CALLS, ("trigger_id", "digest"), [row])


def _depth(uow: UnitOfWork, call: Call) -> int:
    """Return how many runs led to this call. The calls of our own steps are named after their run."""
    caller, is_step, _ = (call.key or "").partition(":")
    depth = select(Execution.depth).where(Execution.id == caller)
    before = uow.execute(depth).scalar_one_or_none() if is_step else None
    if before is not None and before >= DEEPEST:
        raise Conflict(f"Workflows start each other more than {DEEPEST} deep. Do they go in a circle?")
    return 0 if before is None else before + 1


def _is_first(uow: UnitOfWork, call: Call, execution_id: str, at: datetime) -> bool:
    row = {"trigger_id": call.trigger_id, "digest": call.digest, "execution_id": execution_id, "at": at}
    keys = ["trigger_id", "digest"]
    return uow.moved(insert(uow, WebhookCall).values(**row).on_conflict_do_nothing(index_elements=keys))


def _started_by(uow: UnitOfWork, call: Call) -> str:
    return str(uow.execute(select(WebhookCall.execution_id).where(*_of(call))).scalar_one())


def _of(call: Call) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return WebhookCall.trigger_id == call.trigger_id, WebhookCall.digest == call.digest


def _key(call: Call) -> str | None:
    """Senders know nothing of each other, so a key counts within its start."""
    if call.key is None:
        return None
    return f"webhook:{call.trigger_id}:{hashlib.sha256(call.key.encode()).hexdigest()}"
