"""Starting and stopping runs. Everything that makes one comes through `queue`."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update

from engine.connecting import to_json
from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.events import CANCELLED as CANCELLED_EVENT
from engine.domain.events import QUEUED, Change
from engine.domain.ids import new_id
from engine.domain.runs.states import ARCHIVED, CANCELLED, LIVE, PENDING
from engine.domain.time.durations import milliseconds_between
from engine.domain.workflows.limits import key_of
from engine.models import HAS_KEY, Base, Execution, Workflow
from engine.prepared import Prepared
from engine.services.inserts import Insert, insert
from engine.services.runs import calls, endings, step_runs
from engine.services.runs.endings import Ended

_EXECUTIONS: Final = Base.metadata.tables[Execution.__tablename__]
# What tells an order from another one with the same data.
_ASKED_FOR: Final = ("dry_run", "retry_of", "retry_kind")
_WORKFLOW: Final = Prepared(
    select(Workflow.state, Workflow.live_version_id, Workflow.concurrency_key, Workflow.priority)
    .where(Workflow.id == bindparam("workflow"))
)


def start(
    uow: UnitOfWork, workflow_id: str, *, started_by: str, at: datetime,
    given: Mapping[str, Any] | None = None, trigger_id: str | None = None,
    user_id: str | None = None, idempotency_key: str | None = None,
    occurrence_id: str | None = None, execution_id: str | None = None, depth: int = 0,
) -> str:
    """Queue a run of the live version and return its id.

    With an `idempotency_key` seen before for this workflow, return the run it started then; a program
    that sends other data with it is refused. Raises `NotFound`, or `Conflict` while nothing is live.
    """
    workflow = next(iter(uow.find(_WORKFLOW, workflow=workflow_id)), None)
    if workflow is None or workflow.state == ARCHIVED:
        raise NotFound("There is no such workflow.")
    if workflow.live_version_id is None:
        raise Conflict("This workflow has no live version yet. Make it live first.")
    return _queue(
        uow, workflow, workflow_id=workflow_id, version_id=workflow.live_version_id, started_by=started_by,
        queued_at=at, given=given, trigger_id=trigger_id, user_id=user_id, idempotency_key=idempotency_key,
        occurrence_id=occurrence_id, execution_id=execution_id, depth=depth,
    )


def queue(
    uow: UnitOfWork, workflow_id: str, version_id: str, *, started_by: str, at: datetime,
    given: Mapping[str, Any] | None = None, **origin: Any,
) -> str:
    """Insert a pending run of `version_id`; its doorbell rings after the commit.

    `origin` are the columns that say where it comes from: start, due time, person, the run it repeats,
    the step that starts it.
    """
    (workflow,) = uow.find(_WORKFLOW, workflow=workflow_id)
    return _queue(uow, workflow, workflow_id=workflow_id, version_id=version_id, started_by=started_by,
                  queued_at=at, given=given, **origin)


def cancel(uow: UnitOfWork, execution_id: str, *, by: str, at: datetime) -> set[str]:
    """End a run now, and those it waits for; return their ids.

    What its steps did is not undone; the worker that has it walks away.

    Raises `Conflict` when it has ended already.
    """
    row = get(uow, execution_id)
    moved = uow.moved(
        update(Execution)
        .where(Execution.id == execution_id, Execution.status.in_(LIVE))
        .values(**stopped(by, at), duration_ms=milliseconds_between(row.started_at, at))
    )
    if not moved:
        raise Conflict("This run has already ended.")
    ended = {execution_id}
    for child_id in calls.waited_for(uow, execution_id):
        ended |= cancel(uow, child_id, by=by, at=at)
    step_runs.close(uow, execution_id, at)
    step_runs.add_logs(uow, [stopped_line(execution_id, by, at)])
    uow.record(Change(CANCELLED_EVENT, at, row.workflow_id, execution_id))
    endings.settle(uow, [Ended(
        execution_id, row.workflow_id, CANCELLED, at, trigger_id=row.trigger_id, parent_id=row.parent_id,
        duration_ms=milliseconds_between(row.started_at, at), counts=not row.dry_run,
    )])
    return ended


def cancel_all(uow: UnitOfWork, execution_ids: Iterable[str], *, by: str, at: datetime) -> None:
    """End these runs now; one that has ended by itself, or with the one that waits for it, stays as it is."""
    for execution_id in execution_ids:
        with suppress(Conflict):
            cancel(uow, execution_id, by=by, at=at)


def stopped(by: str, at: datetime) -> dict[str, Any]:
    """Return the columns of a run that `by` ends; whoever works on it loses its lease."""
    return {
        "status": CANCELLED, "reason": f"stopped_by:{by}"[:40], "completed_at": at, "wake_at": None,
        "lease_owner": None, "lease_expires_at": None, "lease_epoch": Execution.lease_epoch + 1,
    }


def stopped_line(execution_id: str, by: str, at: datetime) -> dict[str, Any]:
    """Return the line that says so in the log of the run."""
    return step_runs.log_row(execution_id, at, f"Stopped by {by}", level="warn", event=CANCELLED_EVENT)


def get(uow: UnitOfWork, execution_id: str) -> Row[Any]:
    """Return the row; raises `NotFound`."""
    row = uow.execute(
        select(*Execution.__table__.columns).where(Execution.id == execution_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such run.")
    return row


def _queue(
    uow: UnitOfWork, workflow: Any, *, workflow_id: str, started_by: str, queued_at: datetime,
    given: Mapping[str, Any] | None, execution_id: str | None = None, idempotency_key: str | None = None,
    **origin: Any,
) -> str:
    execution_id = execution_id or new_id(queued_at)
    row = {
        "id": execution_id, "workflow_id": workflow_id, "started_by": started_by, "status": PENDING,
        "input": dict(given or {}), "idempotency_key": idempotency_key, "queued_at": queued_at,
        "priority": workflow.priority, "concurrency_key": key_of(workflow.concurrency_key, given or {}),
        **origin,
    }
    if idempotency_key is None:
        uow.add(_EXECUTIONS, [row])
    elif not uow.moved(_once(uow), row):
        return _started_with(uow, row, is_order=started_by == "api")
    uow.record(Change(QUEUED, queued_at, workflow_id, execution_id))
    uow.ring(execution_id, workflow_id, workflow.priority)
    return execution_id


def _once(uow: UnitOfWork) -> Insert:
    """Add a run unless there is one with its key."""
    return insert(uow, Execution).on_conflict_do_nothing(
        index_elements=["workflow_id", "idempotency_key"], index_where=HAS_KEY
    )


def _started_with(uow: UnitOfWork, wanted: Mapping[str, Any], *, is_order: bool) -> str:
    """Return the run that the key of `wanted` started; an order for another run is `Invalid`."""
    row = uow.execute(
        select(Execution.id, Execution.input, *(_EXECUTIONS.c[name] for name in _ASKED_FOR))
        .where(Execution.workflow_id == wanted["workflow_id"],
               Execution.idempotency_key == wanted["idempotency_key"])
    ).one()
    if is_order and (otherwise := _otherwise(row, wanted)):
        raise Invalid(f"This Idempotency-Key was sent before {otherwise}. Use a new key for a new run.",
                      field="Idempotency-Key", code="key_reused")
    return str(row.id)


def _otherwise(row: Row[Any], wanted: Mapping[str, Any]) -> str | None:
    """Say how a run is not the one that is `wanted`."""
    if any((getattr(row, name) or None) != (wanted.get(name) or None) for name in _ASKED_FOR):
        return "for something else"
    return "with other data" if row.input != json.loads(to_json(wanted["input"])) else None
