"""What runs ask people: their questions, and steps of which nobody knows whether they happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from engine.domain.errors import NotFound
from engine.domain.runs.states import LIVE, WAITING
from engine.models import Approval, ApprovalMail, Execution, ExecutionStep, Workflow


def unknown(connection: Connection, execution_id: str, limit: int = 20) -> list[Row[Any]]:
    """Return the steps of a run of which nobody knows whether they happened, the first one first."""
    return list(connection.execute(
        select(ExecutionStep.step_key, ExecutionStep.position, ExecutionStep.type, ExecutionStep.input,
               ExecutionStep.error_message, ExecutionStep.started_at)
        .where(ExecutionStep.execution_id == execution_id, ExecutionStep.status == WAITING,
               ExecutionStep.reason == "unknown_outcome")
        .order_by(ExecutionStep.started_at, ExecutionStep.step_key, ExecutionStep.position).limit(limit)
    ))


def asking() -> ColumnElement[bool]:
    """Return which step asks a question; its input says what happens when nobody answers."""
    return and_(ExecutionStep.execution_id == Approval.execution_id,
                ExecutionStep.step_key == Approval.step_key, ExecutionStep.position == Approval.position)


def is_open(at: datetime) -> ColumnElement[bool]:
    """Return whether a question can still be answered at that moment."""
    in_time = or_(Approval.expires_at.is_(None), Approval.expires_at > at)
    return and_(Approval.answer.is_(None), Execution.status.in_(LIVE), in_time)


def page(
    connection: Connection, visible: ColumnElement[bool], at: datetime, *, only_open: bool = True,
    execution_id: str | None = None, after: str | None = None, limit: int = 50,
) -> list[Row[Any]]:
    """Return questions, newest first; `after` is the id of the last one seen."""
    statement = _approvals(at).where(visible)
    if only_open:
        statement = statement.where(is_open(at))
    if execution_id is not None:
        statement = statement.where(Approval.execution_id == execution_id)
    if after is not None:
        statement = statement.where(Approval.id < after)
    return list(connection.execute(statement.order_by(Approval.id.desc()).limit(limit)))


def one(connection: Connection, visible: ColumnElement[bool], approval_id: str, at: datetime) -> Row[Any]:
    """Return a question; raises `NotFound` also for what the reader may not see."""
    row = connection.execute(_approvals(at).where(visible, Approval.id == approval_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such question.")
    return row


def by_link(connection: Connection, token_hash: str, at: datetime) -> Row[Any]:
    """Return the question a mailed link leads to, with the `address` it was mailed to; raises `NotFound`."""
    row = connection.execute(
        _approvals(at).add_columns(ApprovalMail.address)
        .join(ApprovalMail, ApprovalMail.approval_id == Approval.id)
        .where(ApprovalMail.token_hash == token_hash)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no question at this address. Perhaps a newer mail has another link")
    return row


def mails(connection: Connection, approval_id: str) -> Sequence[Row[Any]]:
    """Return the mails of a question, those to be sent last at the end."""
    return list(connection.execute(
        select(ApprovalMail.address, ApprovalMail.is_reminder, ApprovalMail.due_at, ApprovalMail.sent_at,
               ApprovalMail.sending_since, ApprovalMail.may_be_double, ApprovalMail.error)
        .where(ApprovalMail.approval_id == approval_id)
        .order_by(ApprovalMail.is_reminder, ApprovalMail.address)
    ))


def _approvals(at: datetime) -> Any:
    return (
        select(*Approval.__table__.columns, is_open(at).label("is_open"),
               Workflow.name.label("workflow_name"), Workflow.slug.label("workflow_slug"),
               ExecutionStep.input.label("asked"))
        .join(Execution, Execution.id == Approval.execution_id)
        .join(Workflow, Workflow.id == Approval.workflow_id)
        .outerjoin(ExecutionStep, asking())
    )
