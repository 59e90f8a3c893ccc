"""Runs chosen to have the same done to them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from engine.domain.runs.states import PENDING
from engine.models import IS_LIVE, Execution, Workflow
from engine.queries.runs.executions import Filter, narrow


def chosen(
    connection: Connection, visible: ColumnElement[bool], which: Sequence[str] | Filter,
    statuses: Sequence[str], limit: int,
) -> list[Row[Any]]:
    """Return what a line says of these runs, or of up to `limit` that match and have such a status.

    Those that match are listed oldest first.
    """
    columns: list[Any] = [
        Execution.id, Execution.status, Execution.unusual, Execution.queued_at, Execution.started_at,
        Workflow.name.label("workflow_name"),
    ]
    statement = select(*columns).join(Workflow, Workflow.id == Execution.workflow_id).where(visible)
    if isinstance(which, Filter):
        statement = narrow(statement, which).where(Execution.status.in_(statuses))
    else:
        statement = statement.where(Execution.id.in_(which))
    return list(connection.execute(statement.order_by(Execution.queued_at, Execution.id).limit(limit)))


def queued(connection: Connection, workflow_id: str, most: int) -> int:
    """Return how many runs of a workflow wait to start, counted up to `most`."""
    some = select(Execution.id).where(
        IS_LIVE, Execution.status == PENDING, Execution.workflow_id == workflow_id
    ).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
