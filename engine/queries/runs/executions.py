"""Runs as lists and pages need them. `visible` is a condition on workflows: what the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, case, column, exists, func, or_, select
from sqlalchemy.orm import aliased

from engine.domain.errors import NotFound
from engine.domain.runs.states import FAILED, LIVE, RUNNING
from engine.models import (
    IS_FAILED,
    IS_LIVE,
    Execution,
    ExecutionLog,
    ExecutionStep,
    Trigger,
    Workflow,
    WorkflowVersion,
)
from engine.models.base import Json
from engine.queries.keyset import older
from engine.queries.runs import steps as run_steps
from engine.queries.runs.json_lists import array_items, array_length
from engine.queries.runs.whole import Run

LOG_LINES = 500
_FEW: Final = {**dict.fromkeys(LIVE, IS_LIVE), FAILED: IS_FAILED}


@dataclass(frozen=True)
class Filter:
    """What a list of runs is narrowed to; None means everything. Dry runs are listed only when asked for.

    `step` is the key of the step they failed with.
    """

    workflow_id: str | None = None
    status: str | None = None
    started_by: str | None = None
    search: str | None = None
    unusual: bool = False
    dry_run: bool = False
    step: str | None = None


EVERYTHING: Final = Filter()


def page(
    connection: Connection, visible: ColumnElement[bool], narrowed: Filter, *,
    before: tuple[datetime, str] | None = None, limit: int = 50,
) -> list[Row[Any]]:
    """Return up to `limit` runs, newest first; `before` is the (queued_at, id) of the last one seen."""
    statement = narrow(_rows().where(visible), narrowed)
    if before is not None:
        statement = statement.where(older(Execution.queued_at, Execution.id, before))
    newest_first = statement.order_by(Execution.queued_at.desc(), Execution.id.desc())
    return list(connection.execute(newest_first.limit(limit)))


def live_counts(connection: Connection, visible: ColumnElement[bool]) -> dict[str, int]:
    """Return how many runs are pending, running and waiting. Ended ones are never counted."""
    counted = connection.execute(
        select(Execution.status, func.count())
        .join(Workflow, Workflow.id == Execution.workflow_id)
        .where(visible, IS_LIVE, ~Execution.dry_run).group_by(Execution.status)
    )
    return dict.fromkeys(LIVE, 0) | {status: number for status, number in counted}


def rows(
    connection: Connection, visible: ColumnElement[bool], execution_ids: Sequence[str]
) -> list[Row[Any]]:
    """Return the list rows of these runs, for a live update."""
    return list(connection.execute(_rows().where(visible, Execution.id.in_(execution_ids))))


def run(
    connection: Connection, visible: ColumnElement[bool], execution_id: str, *, log_lines: int = LOG_LINES,
    position: str | None = None,
) -> Run:
    """Return one run, of its log the first lines, or those about steps at one `position`.

    Raises `NotFound` also for what the reader may not see.
    """
    statement = _rows().add_columns(
        Execution.input, Execution.output, Execution.error_class, Execution.deadline_at, Execution.trimmed_at,
        WorkflowVersion.definition, _live_number().label("live_number"),
    )
    row = connection.execute(statement.where(visible, Execution.id == execution_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such run.")
    plan = row.definition["steps"]
    return Run(row, plan, run_steps.outside_loops(connection, execution_id, plan),
               _logs(connection, execution_id, position, log_lines) if log_lines else ())


def _logs(
    connection: Connection, execution_id: str, position: str | None, limit: int
) -> list[Row[Any]]:
    statement = select(*ExecutionLog.__table__.columns).where(ExecutionLog.execution_id == execution_id)
    if position is not None:
        statement = statement.where(ExecutionLog.position == position)
    return list(connection.execute(statement.order_by(ExecutionLog.id).limit(limit)))


@cache
def _rows() -> Any:
    """Kept: it is put together in more time than it runs."""
    return (
        select(
            Execution.id, Execution.workflow_id, Execution.version_id, Execution.trigger_id,
            Execution.started_by, Execution.status, Execution.reason, Execution.error_code,
            Execution.error_message, Execution.error_step, Execution.retry_of, Execution.queued_at,
            Execution.started_at, Execution.completed_at, Execution.duration_ms, Execution.retry_count,
            Execution.wake_at, Execution.concurrency_key, Execution.priority, Execution.parent_id,
            Execution.parent_step, Execution.retry_kind, Execution.dry_run, Execution.unusual,
            Workflow.name.label("workflow_name"), Workflow.slug.label("workflow_slug"),
            Workflow.state.label("workflow_state"), Workflow.owner_id,
            WorkflowVersion.number.label("version_number"), Trigger.name.label("trigger_name"),
            _steps_begun().label("steps_begun"), _step_count().label("step_count"),
        )
        .join(Workflow, Workflow.id == Execution.workflow_id)
        .join(WorkflowVersion, WorkflowVersion.id == Execution.version_id)
        .outerjoin(Trigger, Trigger.id == Execution.trigger_id)
    )


def _live_number() -> Any:
    live = aliased(WorkflowVersion)
    return (
        select(live.number).where(live.id == Workflow.live_version_id).correlate(Workflow).scalar_subquery()
    )


def _steps_begun() -> Any:
    """How many steps of the workflow a running run has begun; those inside others are parts of them."""
    each = array_items(WorkflowVersion.definition["steps"]).table_valued(column("value", Json)).alias("plan")
    begun = exists().where(
        ExecutionStep.execution_id == Execution.id, ExecutionStep.position == "",
        ExecutionStep.step_key == each.c.value["key"].as_string(),
    )
    counted = (
        select(func.count()).select_from(each).where(begun.correlate(each, Execution))
        .correlate(Execution, WorkflowVersion).scalar_subquery()
    )
    return case((Execution.status == RUNNING, counted))


def _step_count() -> Any:
    steps = WorkflowVersion.definition["steps"]
    return case((Execution.status == RUNNING, array_length(steps)))


def narrow(statement: Select[Any], narrowed: Filter) -> Select[Any]:
    """Leave of these runs those that match."""
    statement = statement.where(Execution.dry_run.is_(narrowed.dry_run))
    if narrowed.unusual:
        statement = statement.where(Execution.unusual.is_(True))
    if narrowed.workflow_id:
        statement = statement.where(Execution.workflow_id == narrowed.workflow_id)
    if narrowed.status in _FEW:
        statement = statement.where(_FEW[narrowed.status])  # among a million; there is an index of them
    if narrowed.status:
        statement = statement.where(Execution.status == narrowed.status)
    if narrowed.step:
        statement = statement.where(Execution.error_step == narrowed.step)
    if narrowed.started_by:
        statement = statement.where(Execution.started_by == narrowed.started_by)
    if narrowed.search:
        statement = statement.where(or_(
            Workflow.name.icontains(narrowed.search, autoescape=True),
            Execution.error_message.icontains(narrowed.search, autoescape=True),
            Execution.id == narrowed.search,
        ))
    return statement
