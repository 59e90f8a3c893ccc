"""What can be done again of a run that has ended, and what doing so would send a second time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, case, or_, select
from sqlalchemy.orm import aliased

from engine.domain.errors import NotFound
from engine.domain.runs.resumption import Place, after_failures, first_changed, forgiven
from engine.domain.runs.states import CANCELLED, COMPLETED, FAILED, RUNNING, SKIPPED
from engine.domain.steps.trees import STEPS, Step, walk
from engine.models import Execution, ExecutionStep, Workflow, WorkflowVersion
from engine.steps import told_apart

Rows = Sequence[Row[Any]]

_Step = ExecutionStep
_LOOP: Final = "for_each"
_REACHED_OUT: Final = ("done", "unknown", "intended")


@dataclass(frozen=True)
class Sent:
    """A step that reached outside: surely or perhaps; whether it would do so `again`."""

    name: str
    at: datetime
    surely: bool
    again: bool


@dataclass(frozen=True)
class Restart:
    """Where a run would go on. `changed` is a finished step that the live version has otherwise."""

    key: str
    name: str
    sent: Sequence[Sent]
    changed: int | None


def origin(connection: Connection, execution_id: str) -> Row[Any]:
    """Return a run with its steps and those that are live now; raises `NotFound`."""
    live = aliased(WorkflowVersion)
    row = connection.execute(
        select(
            Execution.id, Execution.workflow_id, Execution.version_id, Execution.trigger_id,
            Execution.status, Execution.input, Execution.dry_run, Execution.trimmed_at,
            Workflow.state.label("workflow_state"), Workflow.name.label("workflow_name"),
            WorkflowVersion.number.label("version_number"),
            WorkflowVersion.definition.label("definition"), live.id.label("live_version_id"),
            live.number.label("live_number"), live.definition.label("live_definition"),
        )
        .join(Workflow, Workflow.id == Execution.workflow_id)
        .join(WorkflowVersion, WorkflowVersion.id == Execution.version_id)
        .outerjoin(live, live.id == Workflow.live_version_id)
        .where(Execution.id == execution_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such run.")
    return row


def steps_of(connection: Connection, run: Row[Any]) -> Rows:
    """Return how far each step of a run came, and whether that is `kept` when another one goes on."""
    return list(connection.execute(
        select(_Step.step_key, _Step.position, _Step.status, _Step.effect, _Step.started_at,
               is_kept(run.definition["steps"]).label("kept"), is_open().label("open"))
        .where(_Step.execution_id == run.id)
    ))


def restart(run: Row[Any], rows: Rows) -> Restart | None:
    """Return where this run would go on; None when nothing of it is finished, or nothing is left to do."""
    steps = run.definition["steps"]
    finished = {row.step_key for row in rows if row.kept}
    here = _next(steps, rows)
    if run.status not in (FAILED, CANCELLED) or run.trimmed_at or not finished or here is None:
        return None
    name = told_apart(steps)[here["key"]]
    return Restart(here["key"], name, sent(run, rows, _kept(rows)), changed(run, finished))


def changed(run: Row[Any], finished: Collection[str]) -> int | None:
    """Return the number of the first of the `finished` steps that the live version has otherwise."""
    live = run.live_definition
    return first_changed(run.definition["steps"], live["steps"], finished) if live else None


def sent(run: Row[Any], rows: Rows, kept: Collection[Place] = ()) -> list[Sent]:
    """Return what a run sent, and that it goes out again but for what is `kept`."""
    names = told_apart(run.definition["steps"])
    return [
        Sent(names.get(row.step_key, row.step_key), row.started_at, row.effect == "done",
             (row.step_key, row.position) not in kept)
        for row in sorted(rows, key=lambda row: row.started_at.timestamp() if row.started_at else 0)
        if row.effect in _REACHED_OUT and row.started_at is not None
    ]


def is_kept(steps: Sequence[Step]) -> ColumnElement[bool]:
    """Return which step rows of a run of `steps` are as good in the run that goes on."""
    finished = _Step.status.in_((COMPLETED, SKIPPED))
    failed = and_(_Step.status == FAILED, _Step.step_key.in_(forgiven(steps)))
    return and_(_Step.step_key.not_in(after_failures(steps)), or_(finished, failed, is_open()))


def is_open() -> ColumnElement[bool]:
    """Return which rows are of steps whose inner steps were under way, such as a loop that broke off."""
    loop = and_(_Step.type == _LOOP, _Step.status.in_((FAILED, CANCELLED, RUNNING)),
                _Step.output["items"].as_string().is_not(None))
    branch = and_(_Step.status.in_((CANCELLED, RUNNING)), _Step.reason.in_(("then", "otherwise")))
    return or_(loop, branch)


def block_of_open() -> ColumnElement[str]:
    """Return the block an open step was in; a loop that failed does not say it itself."""
    return case((_Step.type == _LOOP, STEPS), else_=_Step.reason)


def chain(connection: Connection, visible: ColumnElement[bool], execution_id: str) -> Rows:
    """Return this run with all that it repeats and that repeat it, oldest first; empty when it is alone."""
    before = select(Execution.id, Execution.retry_of).where(Execution.id == execution_id).cte(recursive=True)
    before = before.union(
        select(Execution.id, Execution.retry_of).join(before, Execution.id == before.c.retry_of)
    )
    family = select(before.c.id).cte(recursive=True)
    family = family.union(select(Execution.id).join(family, Execution.retry_of == family.c.id))
    rows: Rows = list(connection.execute(
        select(Execution.id, Execution.status, Execution.reason, Execution.unusual, Execution.retry_of,
               Execution.retry_kind, Execution.queued_at, WorkflowVersion.number.label("version_number"))
        .join(Workflow, Workflow.id == Execution.workflow_id)
        .join(WorkflowVersion, WorkflowVersion.id == Execution.version_id)
        .where(visible, Execution.id.in_(select(family.c.id)))
        .order_by(Execution.queued_at, Execution.retry_of.is_not(None), Execution.id)
    ))
    return rows if len(rows) > 1 else []


def _next(steps: Sequence[Step], rows: Rows) -> Step | None:
    """Return the step that failed or was stopped; else the first one that is not finished."""
    begun = {row.step_key for row in rows if not row.kept and row.status != SKIPPED}
    for placed in walk(steps):
        if placed.step["key"] in begun:
            return placed.step
    done = {row.step_key for row in rows if row.kept and not row.open}
    return next((step for step in steps if step["key"] not in done), None)


def _kept(rows: Rows) -> set[Place]:
    return {(row.step_key, row.position) for row in rows if row.kept}
