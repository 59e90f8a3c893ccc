"""The hot path: writing what runs have done, many runs at once; every write carries the lease's epoch."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from engine.db import UnitOfWork
from engine.domain.events import Change
from engine.domain.runs.states import PENDING, RUNNING
from engine.models import Base, Execution, ExecutionStep
from engine.prepared import Prepared, among
from engine.services.runs import endings, step_runs
from engine.services.runs.claims import Lease
from engine.services.runs.endings import Ended

_EXECUTIONS: Final = Base.metadata.tables[Execution.__tablename__]
_STEPS: Final = Base.metadata.tables[ExecutionStep.__tablename__]
_KEYS: Final = ("execution_id", "step_key", "position")
# Statements are built once: putting one together takes longer than running it.
_HELD: Final = Prepared(
    select(_EXECUTIONS.c.id, _EXECUTIONS.c.lease_epoch)
    .where(among(_EXECUTIONS.c.id, "runs"), _EXECUTIONS.c.status == RUNNING)
    .order_by(_EXECUTIONS.c.id).with_for_update()
)


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


def write(uow: UnitOfWork, checkpoints: Sequence[Checkpoint]) -> list[bool]:
    """Write them all; False for each whose lease is lost, of which nothing is written."""
    held = _held(uow, checkpoints)
    mine = [checkpoint for checkpoint in checkpoints if checkpoint.lease.execution_id in held
            and held[checkpoint.lease.execution_id] == checkpoint.lease.epoch]
    _move(uow, mine)
    uow.put(_STEPS, _KEYS, [row for checkpoint in mine for row in checkpoint.steps])
    step_runs.add_logs(uow, [row for checkpoint in mine for row in checkpoint.logs])
    for checkpoint in mine:
        for work in checkpoint.also:
            work(uow)
        uow.record(checkpoint.change)
        if checkpoint.move.get("status") == PENDING:
            uow.ring(checkpoint.lease.execution_id, checkpoint.lease.workflow_id)
    endings.settle(uow, [checkpoint.ended for checkpoint in mine if checkpoint.ended])
    ours = {id(checkpoint) for checkpoint in mine}
    return [id(checkpoint) in ours for checkpoint in checkpoints]


def _held(uow: UnitOfWork, checkpoints: Sequence[Checkpoint]) -> dict[str, int]:
    """Read the epochs of the runs still under way, locked until the commit."""
    ids = sorted({checkpoint.lease.execution_id for checkpoint in checkpoints})
    return {row.id: row.lease_epoch for row in uow.find(_HELD, runs=ids)}


def _move(uow: UnitOfWork, checkpoints: Sequence[Checkpoint]) -> None:
    """Write the runs' own columns; those that change the same ones go together."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for checkpoint in checkpoints:
        alike[tuple(checkpoint.move)].append({"id": checkpoint.lease.execution_id, **checkpoint.move})
    for rows in alike.values():
        uow.change(_EXECUTIONS, rows)
