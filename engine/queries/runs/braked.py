"""Runs that the emergency brake holds back."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from engine.domain.runs.states import PENDING
from engine.models import IS_LIVE, Execution, Workflow
from engine.queries.runs import executions
from engine.queries.server import brake

IS_WAITING: Final = (IS_LIVE, Execution.status == PENDING, Execution.reason == brake.HELD)


def is_unattended() -> ColumnElement[bool]:
    """Return whether nobody stands beside a run when it begins: a program, a call or a time asked for it.

    A due time that somebody runs early names who it was.
    """
    by_itself = or_(Execution.started_by != "schedule", Execution.user_id.is_(None))
    return and_(Execution.started_by != "manual", by_itself)


def is_braked() -> ColumnElement[bool]:
    """Return whether the brake, being on, holds a run back that has not begun."""
    return and_(brake.is_on(), is_unattended())


def waiting(connection: Connection, visible: ColumnElement[bool], *, limit: int = 100) -> list[Row[Any]]:
    """Return the runs that begin when the brake is released, in the order in which they do."""
    first = (
        select(Execution.id).join(Workflow, Workflow.id == Execution.workflow_id).where(visible, *IS_WAITING)
        .order_by(Execution.queued_at, Execution.id).limit(limit)
    )
    found = executions.rows(connection, visible, list(connection.execute(first).scalars()))
    return sorted(found, key=lambda run: (run.queued_at, run.id))


def count_waiting(connection: Connection, visible: ColumnElement[bool]) -> int:
    return connection.execute(
        select(func.count()).select_from(Execution)
        .join(Workflow, Workflow.id == Execution.workflow_id).where(visible, *IS_WAITING)
    ).scalar_one()
