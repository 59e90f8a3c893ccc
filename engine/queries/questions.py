"""What runs ask people."""

from typing import Any

from sqlalchemy import Connection, Row, select

from engine.domain.states import WAITING
from engine.models import ExecutionStep


def unknown(connection: Connection, execution_id: str, limit: int = 20) -> list[Row[Any]]:
    """Return the steps of a run of which nobody knows whether they happened, the first one first."""
    return list(connection.execute(
        select(ExecutionStep.step_key, ExecutionStep.position, ExecutionStep.type, ExecutionStep.input,
               ExecutionStep.error_message, ExecutionStep.started_at)
        .where(ExecutionStep.execution_id == execution_id, ExecutionStep.status == WAITING,
               ExecutionStep.reason == "unknown_outcome")
        .order_by(ExecutionStep.started_at, ExecutionStep.step_key, ExecutionStep.position).limit(limit)
    ))
