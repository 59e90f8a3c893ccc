"""Runs that are linked to a run: the one whose step started it, and those its own steps started."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, select

from engine.domain.runs.states import LIVE, WAITING
from engine.models import Execution, ExecutionStep, Workflow


def parent(connection: Connection, visible: ColumnElement[bool], parent_id: str | None) -> Row[Any] | None:
    """Return the run that started this one, if there is one that the reader may see."""
    if parent_id is None:
        return None
    return connection.execute(_runs().where(visible, Execution.id == parent_id)).one_or_none()


def children(
    connection: Connection, visible: ColumnElement[bool], execution_id: str, limit: int = 50
) -> list[Row[Any]]:
    """Return the runs that steps of this run have started, the first one first."""
    of_run = _runs().where(visible, Execution.parent_id == execution_id)
    return list(connection.execute(of_run.order_by(Execution.queued_at, Execution.id).limit(limit)))


def awaited(
    connection: Connection, visible: ColumnElement[bool], execution_id: str
) -> list[Row[Any]]:
    """Return the runs still going that a run waits for; they end with it when it is stopped."""
    waits = exists().where(
        ExecutionStep.execution_id == execution_id, ExecutionStep.step_key == Execution.parent_step,
        ExecutionStep.position == Execution.parent_position, ExecutionStep.status == WAITING,
    )
    going = _runs().where(visible, Execution.parent_id == execution_id, Execution.status.in_(LIVE), waits)
    return list(connection.execute(going.order_by(Execution.id).limit(50)))


def _runs() -> Any:
    return (
        select(Execution.id, Execution.status, Execution.reason, Execution.unusual, Execution.retry_of,
               Execution.retry_kind, Execution.queued_at, Execution.parent_step,
               Workflow.name.label("workflow_name"))
        .join(Workflow, Workflow.id == Execution.workflow_id)
    )
