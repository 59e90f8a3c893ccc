"""Doing a run again: from the start, from where it stopped, or with other data. The old one stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, case, insert, literal, null, select

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid
from engine.domain.ids import new_id
from engine.domain.states import ARCHIVED, CANCELLED, FAILED, FINAL, RUNNING
from engine.models import ExecutionStep
from engine.queries import repeats
from engine.services import audit, executions, step_runs

RERUN: Final = "rerun"
RESUME: Final = "resume"
REPLAY: Final = "replay"
LIVE: Final = "live"
SAME: Final = "same"
VERSIONS: Final = (LIVE, SAME)

# What a step that goes on inside begins anew with.
_REOPENED: Final = {
    "status": literal(RUNNING), "reason": repeats.block_of_open(), "error_class": null(),
    "error_code": null(), "error_message": null(), "completed_at": null(), "duration_ms": null(),
    "wake_at": null(),
}


def rerun(
    uow: UnitOfWork, execution_id: str, *, user_id: str | None, at: datetime, version: str | None = None,
    idempotency_key: str | None = None,
) -> str:
    """Start a run with the same input from the first step; return its id."""
    run = _ended(uow, execution_id)
    return _queue(uow, run, RERUN, version, user_id=user_id, at=at, idempotency_key=idempotency_key)


def replay(
    uow: UnitOfWork, execution_id: str, given: Mapping[str, Any], *, user_id: str | None, at: datetime,
    version: str | None = None, idempotency_key: str | None = None,
) -> str:
    """Start a run with `given` in place of what this one started with; return its id."""
    run = _ended(uow, execution_id)
    return _queue(uow, run, REPLAY, version, given=given, user_id=user_id, at=at,
                  idempotency_key=idempotency_key)


def resume(
    uow: UnitOfWork, execution_id: str, *, user_id: str | None, at: datetime, version: str | None = None,
    idempotency_key: str | None = None,
) -> str:
    """Start a run that goes on where this one failed or was stopped; what is finished is not done again.

    Raises `Conflict` when there is nothing to go on with, or a finished step is another one by now.
    """
    run = _ended(uow, execution_id)
    if run.status not in (FAILED, CANCELLED):
        raise Conflict("This run went well. There is nothing to continue.")
    if run.trimmed_at is not None:
        raise Conflict("What its steps gave was removed to save room. Run it from the start instead.")
    here = repeats.restart(uow.connection, run)
    if here is None:
        raise Conflict("No step of this run is finished. Run it from the start instead.")
    if here.changed is not None and _version(run, version) == run.live_version_id:
        raise Conflict(f"Step {here.changed} changed since. Run from the start instead.")
    fresh = new_id(at)
    started = _queue(uow, run, RESUME, version, user_id=user_id, at=at, execution_id=fresh,
                     idempotency_key=idempotency_key)
    if started == fresh:
        _copy(uow, run, fresh)
        step_runs.log(uow, fresh, at, f"Continues from “{here.name}”; what was done before is kept")
    return started


def _ended(uow: UnitOfWork, execution_id: str) -> Row[Any]:
    run = repeats.origin(uow.connection, execution_id)
    if run.status not in FINAL:
        raise Conflict("This run has not ended yet. Stop it first.")
    if run.workflow_state == ARCHIVED:
        raise Conflict("This workflow was deleted. Its runs can be read, not repeated.")
    return run


def _version(run: Row[Any], version: str | None) -> str:
    """Return the version to use: the one live now, unless it is a dry run or somebody wants the old one."""
    if version not in (None, *VERSIONS):
        raise Invalid(f"Choose one of: {', '.join(VERSIONS)}.", field="version")
    wanted = version or (SAME if run.dry_run else LIVE)
    return str(run.live_version_id if wanted == LIVE and run.live_version_id else run.version_id)


def _queue(
    uow: UnitOfWork, run: Row[Any], kind: str, version: str | None, *, user_id: str | None, at: datetime,
    given: Mapping[str, Any] | None = None, **more: Any,
) -> str:
    fresh = executions.queue(
        uow, run.workflow_id, _version(run, version), started_by="manual", at=at,
        given=run.input if given is None else given, trigger_id=run.trigger_id, user_id=user_id,
        retry_of=run.id, retry_kind=kind, dry_run=run.dry_run, **more,
    )
    audit.record(uow, user_id, f"execution.{kind}", "execution", run.id, {"run": fresh}, at)
    return fresh


def _copy(uow: UnitOfWork, run: Row[Any], fresh: str) -> None:
    """Give the new run the rows of what is finished, so that a worker takes it as done."""
    columns = ExecutionStep.__table__.columns
    copied = {"execution_id": literal(fresh)} | {
        column.key: case((repeats.is_open(), _REOPENED[column.key]), else_=column)
        if column.key in _REOPENED else column
        for column in columns if column.key != "execution_id"
    }
    kept = select(*copied.values()).where(
        ExecutionStep.execution_id == run.id, repeats.is_kept(run.definition["steps"])
    )
    uow.execute(insert(ExecutionStep).from_select(list(copied), kept))
