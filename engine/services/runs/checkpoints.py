"""The hot path: writing what runs have done, many runs at once; every write carries the lease's epoch."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.db import UnitOfWork
from engine.domain.events import Change
from engine.domain.runs.states import PENDING, RUNNING
from engine.many import Found
from engine.models import Base, Execution, ExecutionStep
from engine.services.runs import endings, step_runs
from engine.services.runs.claims import Lease
from engine.services.runs.endings import Ended

_EXECUTIONS: Final = Base.metadata.tables[Execution.__tablename__]
_STEPS: Final = Base.metadata.tables[ExecutionStep.__tablename__]
_KEYS: Final = ("execution_id", "step_key", "position")
_HELD: Final = Found(("id", "lease_epoch"), (_EXECUTIONS.c.status == RUNNING,))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything a run has done since the last one: steps, log lines, and its own columns `move`.

    `ended` says what the run was when `move` ends it; `also` is done in the same transaction.
    """

    lease: Lease
    move: Mapping[str, Any]
    change: Change
    steps: Sequence[dict[str, Any]] = ()
    logs: Sequence[dict[str, Any]] = ()
    ended: Ended | None = None
    also: Sequence[Callable[[UnitOfWork], None]] = ()


def write(uow: UnitOfWork, checkpoints: Sequence[Checkpoint]) -> list[None]:
    """Write them all; raises `Overtaken` when the lease of one is lost, on Postgres with the commit."""
    _move(uow, checkpoints)
    uow.put(_STEPS, _KEYS, [row for checkpoint in checkpoints for row in checkpoint.steps])
    step_runs.add_logs(uow, [row for checkpoint in checkpoints for row in checkpoint.logs])
    for checkpoint in checkpoints:
        for work in checkpoint.also:
            work(uow)
        uow.record(checkpoint.change)
        if checkpoint.move.get("status") == PENDING:
            uow.ring(checkpoint.lease.execution_id, checkpoint.lease.workflow_id)
    endings.settle(uow, [checkpoint.ended for checkpoint in checkpoints if checkpoint.ended])
    return [None] * len(checkpoints)


def _move(uow: UnitOfWork, checkpoints: Sequence[Checkpoint]) -> None:
    """Write the runs' own columns; those that change the same ones go together."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for checkpoint in checkpoints:
        lease = checkpoint.lease
        alike[tuple(checkpoint.move)].append(
            {"id": lease.execution_id, "lease_epoch": lease.epoch, **checkpoint.move})
    for rows in alike.values():
        uow.insist(_EXECUTIONS, rows, _HELD)
