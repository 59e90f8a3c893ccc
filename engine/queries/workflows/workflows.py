"""Workflows as lists and pages need them. `visible` is a condition on workflows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from engine.domain.errors import Invalid, NotFound
from engine.domain.runs.states import ARCHIVED
from engine.models import Execution, ProducerSchedule, Trigger, User, Workflow, WorkflowVersion

RECENT = 30


def page(
    connection: Connection, visible: ColumnElement[bool], *, search: str | None = None,
    state: str | None = None, after: str | None = None, limit: int = 50,
) -> list[Row[Any]]:
    """Return workflows by name with their next run; `after` is the slug of the last one seen."""
    statement = (
        select(
            *Workflow.__table__.columns, _next_run().label("next_run_at"),
            WorkflowVersion.number.label("live_number"),
        )
        .outerjoin(WorkflowVersion, WorkflowVersion.id == Workflow.live_version_id)
        .where(visible, Workflow.state != ARCHIVED)
        .order_by(func.lower(Workflow.name), Workflow.slug).limit(limit)
    )
    if search:
        statement = statement.where(Workflow.name.icontains(search, autoescape=True))
    if state:
        statement = statement.where(Workflow.state == state)
    if after:
        last = select(func.lower(Workflow.name), Workflow.slug).where(visible, Workflow.slug == after)
        row = connection.execute(last).one_or_none()
        if row is None:
            raise Invalid("The last workflow of this list is gone. Start again from the top.", field="after")
        statement = statement.where(
            tuple_(func.lower(Workflow.name), Workflow.slug) > tuple_(literal(row[0]), literal(row[1]))
        )
    return list(connection.execute(statement))


def by_slug(connection: Connection, visible: ColumnElement[bool], slug: str) -> Row[Any]:
    """Return one workflow with its live version; raises `NotFound`."""
    return _one(connection, visible, Workflow.slug == slug)


def by_id(connection: Connection, visible: ColumnElement[bool], workflow_id: str) -> Row[Any]:
    """Return one workflow with its live version; raises `NotFound`."""
    return _one(connection, visible, Workflow.id == workflow_id)


def to_call(connection: Connection, visible: ColumnElement[bool], caller_id: str) -> list[tuple[str, str]]:
    """Return slug and name of the workflows that a step of another one could run."""
    rows = connection.execute(
        select(Workflow.slug, Workflow.name).order_by(Workflow.name)
        .where(visible, Workflow.state != ARCHIVED, Workflow.live_version_id.is_not(None),
               Workflow.id != caller_id)
    )
    return [(row.slug, row.name) for row in rows]


def versions(connection: Connection, workflow_id: str) -> list[Row[Any]]:
    """Return all versions, newest first, with the name of who made them."""
    of_workflow = _versions().where(WorkflowVersion.workflow_id == workflow_id)
    return list(connection.execute(of_workflow.order_by(WorkflowVersion.number.desc())))


def latest_number(connection: Connection, workflow_id: str) -> int:
    """Return the number of the newest version; 0 when there is none."""
    newest = select(func.max(WorkflowVersion.number)).where(WorkflowVersion.workflow_id == workflow_id)
    return connection.execute(newest).scalar_one() or 0


def version(connection: Connection, workflow_id: str, number: int) -> Row[Any]:
    """Return one version; raises `NotFound`."""
    row = connection.execute(
        _versions().where(WorkflowVersion.workflow_id == workflow_id, WorkflowVersion.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no version {number}.")
    return row


def triggers(connection: Connection, workflow_id: str) -> list[Row[Any]]:
    """Return the starts of a workflow with where their schedules stand."""
    return triggers_of(connection, [workflow_id])[workflow_id]


def triggers_of(
    connection: Connection, workflow_ids: Sequence[str]
) -> dict[str, list[Row[Any]]]:
    """Return the starts of each workflow, oldest first."""
    found: dict[str, list[Row[Any]]] = {workflow_id: [] for workflow_id in workflow_ids}
    for row in connection.execute(_triggers().where(Trigger.workflow_id.in_(workflow_ids))):
        found[row.workflow_id].append(row)
    return found


def trigger(connection: Connection, visible: ColumnElement[bool], trigger_id: str) -> Row[Any]:
    """Return one start; raises `NotFound`."""
    statement = _triggers().join(Workflow, Workflow.id == Trigger.workflow_id)
    row = connection.execute(statement.where(visible, Trigger.id == trigger_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such start.")
    return row


def recent_results(
    connection: Connection, workflow_ids: Sequence[str]
) -> dict[str, list[Row[Any]]]:
    """Return the last `RECENT` runs of each workflow, oldest first, for its bars."""
    results: dict[str, list[Row[Any]]] = {workflow_id: [] for workflow_id in workflow_ids}
    if workflow_ids:
        # One short index scan each; a window function would read every run there ever was.
        for row in connection.execute(union_all(*map(_latest, workflow_ids))):
            results[row.workflow_id].insert(0, row)
    return results


def _latest(workflow_id: str) -> Any:
    newest = (
        select(Execution.workflow_id, Execution.id, Execution.status, Execution.reason,
               Execution.duration_ms, Execution.queued_at, Execution.unusual)
        .where(Execution.workflow_id == workflow_id, ~Execution.dry_run)
        .order_by(Execution.queued_at.desc(), Execution.id.desc()).limit(RECENT)
    )
    return select(newest.subquery())


def _one(connection: Connection, visible: ColumnElement[bool], which: Any) -> Row[Any]:
    columns: list[Any] = [
        *Workflow.__table__.columns, _next_run().label("next_run_at"),
        WorkflowVersion.number.label("live_number"),
        WorkflowVersion.definition.label("live_definition"),
        WorkflowVersion.created_at.label("live_since"),
    ]
    row = connection.execute(
        select(*columns)
        .outerjoin(WorkflowVersion, WorkflowVersion.id == Workflow.live_version_id)
        .where(visible, which, Workflow.state != ARCHIVED)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such workflow.")
    return row


def _triggers() -> Any:
    return (
        select(
            Trigger.id, Trigger.workflow_id, Trigger.name, Trigger.kind, Trigger.config,
            Trigger.inputs, Trigger.enabled, Trigger.created_at, Trigger.updated_at, ProducerSchedule.state,
            ProducerSchedule.note, ProducerSchedule.next_run_at, ProducerSchedule.last_run_at,
            ProducerSchedule.timezone, ProducerSchedule.schedule_type,
        )
        .outerjoin(ProducerSchedule, ProducerSchedule.trigger_id == Trigger.id)
        .where(Trigger.removed_at.is_(None)).order_by(Trigger.created_at, Trigger.id)
    )


def _versions() -> Any:
    return (
        select(*WorkflowVersion.__table__.columns, User.name.label("author"))
        .outerjoin(User, User.id == WorkflowVersion.created_by)
    )


def _next_run() -> Any:
    return (
        select(func.min(ProducerSchedule.next_run_at))
        .where(ProducerSchedule.workflow_id == Workflow.id)
        .correlate(Workflow).scalar_subquery()
    )
