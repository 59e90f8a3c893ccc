"""Doing a run again: from the start, from where it stopped, or with other data. The old one stays."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, case, exists, insert, literal, null, select, tuple_, update

from engine.db import UnitOfWork
from engine.domain.data.masking import unmasked
from engine.domain.errors import Conflict, Invalid
from engine.domain.ids import new_id
from engine.domain.runs.resumption import RESUME, SKIP, Place
from engine.domain.runs.states import ARCHIVED, CANCELLED, FAILED, FINAL, RUNNING, SKIPPED, UNUSUAL
from engine.models import Execution, ExecutionStep
from engine.queries.runs import repeats, skips
from engine.services import audit
from engine.services.runs import executions, step_runs

RERUN: Final = "rerun"
REPLAY: Final = "replay"
LIVE: Final = "live"
SAME: Final = "same"
VERSIONS: Final = (LIVE, SAME)

_COLUMNS: Final = {column.key: column for column in ExecutionStep.__table__.columns}
# What a step that is left out has not.
_BLANK: Final = dict.fromkeys(("output", "error_class", "error_code", "error_message", "duration_ms"), null())
# What a step that goes on inside begins anew with.
_REOPENED: Final = {
    "status": literal(RUNNING), "reason": repeats.block_of_open(), "error_class": null(),
    "error_code": null(), "error_message": null(), "completed_at": null(), "duration_ms": null(),
    "wake_at": null(),
}


def rerun(
    uow: UnitOfWork, execution_id: str, *, user_id: str | None, at: datetime, version: str | None = None,
    idempotency_key: str | None = None, started_by: str = "manual",
) -> str:
    """Start a run with the same input from the first step; return its id."""
    run = _ended(uow, execution_id)
    return _queue(uow, run, RERUN, version, user_id=user_id, at=at, idempotency_key=idempotency_key,
                  started_by=started_by)


def replay(
    uow: UnitOfWork, execution_id: str, given: Mapping[str, Any], *, user_id: str | None, at: datetime,
    version: str | None = None, idempotency_key: str | None = None, started_by: str = "manual",
) -> str:
    """Start a run with `given` in place of what this one started with; return its id.

    What comes back as the dots history shows for a secret stays as it was.
    """
    run = _ended(uow, execution_id)
    return _queue(uow, run, REPLAY, version, given=unmasked(given, run.input), user_id=user_id, at=at,
                  idempotency_key=idempotency_key, started_by=started_by)


def resume(
    uow: UnitOfWork, execution_id: str, *, user_id: str | None, at: datetime, version: str | None = None,
    idempotency_key: str | None = None, started_by: str = "manual",
) -> str:
    """Start a run that goes on where this one failed or was stopped; what is finished is not done again.

    Raises `Conflict` when there is nothing to go on with, or a finished step is another one by now.
    """
    run = _ended(uow, execution_id)
    if run.status not in (FAILED, CANCELLED):
        raise Conflict("This run went well. There is nothing to continue.")
    _refuse_trimmed(run)
    here = repeats.restart(run, repeats.steps_of(uow.connection, run))
    if here is None:
        raise Conflict("No step of this run is finished. Run it from the start instead.")
    _refuse_changed(run, version, here.changed)
    said = f"Continues from “{here.name}”; what was done before is kept"
    return _go_on(uow, run, RESUME, version, said, user_id=user_id, at=at, key=idempotency_key,
                  started_by=started_by)[0]


def skip(
    uow: UnitOfWork, execution_id: str, *, by: str, user_id: str | None, at: datetime,
    version: str | None = None, idempotency_key: str | None = None, started_by: str = "manual",
) -> str:
    """Start a run that goes on after the step this one failed with; that one counts as skipped.

    Raises `Conflict` when no step of it failed, or a finished step is another one by now.
    """
    run = _ended(uow, execution_id)
    if run.status != FAILED:
        raise Conflict("This run did not fail. There is no step to skip.")
    _refuse_trimmed(run)
    left_out = skips.skip(run, repeats.steps_of(uow.connection, run))
    if left_out is None:
        raise Conflict("This run did not fail with one of its steps, so there is none to skip.")
    _refuse_changed(run, version, left_out.changed)
    said = f"Continues after “{left_out.name}”; what was done before is kept"
    fresh, is_new = _go_on(uow, run, SKIP, version, said, user_id=user_id, at=at,
                            key=idempotency_key, started_by=started_by)
    if is_new:
        _leave_out(uow, run, fresh, left_out.places, by, at)
    return fresh


def _ended(uow: UnitOfWork, execution_id: str) -> Row[Any]:
    run = repeats.origin(uow.connection, execution_id)
    if run.status not in FINAL:
        raise Conflict("This run has not ended yet. Stop it first.")
    if run.workflow_state == ARCHIVED:
        raise Conflict("This workflow was deleted. Its runs can be read, not repeated.")
    return run


def _refuse_trimmed(run: Row[Any]) -> None:
    if run.trimmed_at is not None:
        raise Conflict("What its steps gave was removed to save room. Run it from the start instead.")


def _refuse_changed(run: Row[Any], version: str | None, changed: int | None) -> None:
    if changed is not None and _version(run, version) == run.live_version_id:
        raise Conflict(f"Step {changed} changed since. Run from the start instead.")


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
        uow, run.workflow_id, _version(run, version), at=at,
        given=run.input if given is None else given, trigger_id=run.trigger_id, user_id=user_id,
        retry_of=run.id, retry_kind=kind, dry_run=run.dry_run, **more,
    )
    audit.record(uow, user_id, f"execution.{kind}", "execution", run.id, {"run": fresh}, at)
    return fresh


def _go_on(
    uow: UnitOfWork, run: Row[Any], kind: str, version: str | None, said: str, *, user_id: str | None,
    at: datetime, key: str | None, started_by: str,
) -> tuple[str, bool]:
    """Start a run with what is finished in `run`; return its id, and whether it is a new one."""
    fresh = new_id(at)
    started = _queue(uow, run, kind, version, user_id=user_id, at=at, execution_id=fresh,
                     idempotency_key=key, started_by=started_by)
    if started == fresh:
        _copy(uow, run, fresh)
        step_runs.log(uow, fresh, at, said)
    return started, started == fresh


def _copy(uow: UnitOfWork, run: Row[Any], fresh: str) -> None:
    """Give the new run the rows of what is finished, so that a worker takes it as done."""
    changes = {name: case((repeats.is_open(), value), else_=_COLUMNS[name])
               for name, value in _REOPENED.items()}
    _give(uow, run, fresh, changes, repeats.is_kept(run.definition["steps"]))
    odd = exists().where(ExecutionStep.execution_id == fresh, ExecutionStep.reason == UNUSUAL)
    uow.execute(update(Execution).where(Execution.id == fresh, odd).values(unusual=True))


def _leave_out(
    uow: UnitOfWork, run: Row[Any], fresh: str, places: Sequence[Place], by: str, at: datetime
) -> None:
    """Give the new run these steps as skipped."""
    changes = {
        **_BLANK, "status": literal(SKIPPED), "reason": literal(step_runs.skipped_by(by)),
        "completed_at": literal(at, _COLUMNS["completed_at"].type),
    }
    _give(uow, run, fresh, changes, tuple_(_COLUMNS["step_key"], _COLUMNS["position"]).in_(list(places)))
    step_runs.add_logs(uow, [
        step_runs.log_row(fresh, at, f"Skipped by {by}. What it would have given is empty.", level="warn",
                          step=place)
        for place in places
    ])


def _give(
    uow: UnitOfWork, run: Row[Any], fresh: str, changes: Mapping[str, Any], which: ColumnElement[bool]
) -> None:
    """Copy steps of a run to another one, with some columns changed."""
    given = {**_COLUMNS, **changes, "execution_id": literal(fresh)}
    chosen = select(*given.values()).where(ExecutionStep.execution_id == run.id, which)
    uow.execute(insert(ExecutionStep).from_select(list(given), chosen))
