"""The same done to many runs: each gets its own answer, and one that can't be helped stops no other."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.events import CANCELLED as CANCELLED_EVENT
from engine.domain.events import Change
from engine.domain.runs.resumption import GO_ON
from engine.domain.runs.states import CANCELLED, PENDING
from engine.models import Execution
from engine.services import audit
from engine.services.runs import endings, executions, ignoring, repeats, step_runs
from engine.services.runs.endings import Ended

# So many in one transaction: in between others get their turn.
BATCH: Final = 200


@dataclass(frozen=True)
class Answer:
    """What became of one run: `execution_id` is the run that repeats it, `refusal` says why there is none."""

    id: str
    execution_id: str | None = None
    refusal: NotFound | Conflict | Invalid | None = None


def cancel(
    uow: UnitOfWork, execution_ids: Sequence[str], *, by: str, user_id: str, at: datetime
) -> list[Answer]:
    """End these runs now; those that have ended already say so."""
    ended = _cancel_queued(uow, execution_ids, by, at)

    def one(execution_id: str) -> None:
        if execution_id not in ended:  # else it ended just now, with the run that waits for it
            ended.update(executions.cancel(uow, execution_id, by=by, at=at))

    answers = [_answer(execution_id, one) for execution_id in execution_ids]
    if stopped := [answer.id for answer in answers if answer.refusal is None]:
        audit.record(uow, user_id, "execution.stopped_many", "execution", None, {"runs": stopped}, at)
    return answers


def rerun(
    uow: UnitOfWork, execution_ids: Sequence[str], *, user_id: str, at: datetime, key: str | None = None,
    started_by: str = "manual",
) -> list[Answer]:
    """Start each of these runs again from its first step. The same `key` starts no second one."""
    prefix = hashlib.sha256(key.encode()).hexdigest() if key else ""

    def one(execution_id: str) -> str:
        own = f"{prefix}:{execution_id}" if prefix else None
        return repeats.rerun(uow, execution_id, user_id=user_id, at=at, idempotency_key=own,
                             started_by=started_by)

    return [_answer(execution_id, one) for execution_id in execution_ids]


def ignore(
    uow: UnitOfWork, execution_ids: Sequence[str], *, by: str, user_id: str, at: datetime
) -> list[Answer]:
    """Take these runs off what needs attention; those that went well say so."""
    def one(execution_id: str) -> None:
        ignoring.ignore(uow, execution_id, by=by, user_id=user_id, at=at)

    return [_answer(execution_id, one) for execution_id in execution_ids]


def _answer(execution_id: str, do: Callable[[str], str | None]) -> Answer:
    """Each of them refuses before it writes, so nothing has to be undone."""
    try:
        return Answer(execution_id, do(execution_id))
    except (NotFound, Conflict, Invalid) as refusal:
        return Answer(execution_id, refusal=refusal)


def _cancel_queued(uow: UnitOfWork, execution_ids: Sequence[str], by: str, at: datetime) -> set[str]:
    """End in one go those that never began: they have no steps and nobody works on them."""
    rows = uow.execute(
        update(Execution)
        .where(Execution.id.in_(execution_ids), Execution.status == PENDING, Execution.lease_epoch == 0,
               func.coalesce(Execution.retry_kind, "").not_in(GO_ON))
        .values(**executions.stopped(by, at))
        .returning(Execution.id, Execution.workflow_id, Execution.trigger_id, Execution.parent_id,
                   Execution.dry_run)
    ).all()
    step_runs.add_logs(uow, [executions.stopped_line(row.id, by, at) for row in rows])
    for row in rows:
        uow.record(Change(CANCELLED_EVENT, at, row.workflow_id, row.id))
    endings.settle(uow, [
        Ended(row.id, row.workflow_id, CANCELLED, at, trigger_id=row.trigger_id, parent_id=row.parent_id,
              counts=not row.dry_run)
        for row in rows
    ])
    return {row.id for row in rows}
