"""What a dry run would have sent."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.domain.runs.states import COMPLETED
from engine.models import ExecutionStep


def messages(
    connection: Connection, execution_id: str, types: Collection[str], limit: int = 100
) -> list[Row[Any]]:
    """Return the steps of these types that a dry run only showed; `output` has what under `would`."""
    return list(connection.execute(
        select(ExecutionStep.step_key, ExecutionStep.position, ExecutionStep.type, ExecutionStep.input,
               ExecutionStep.output)
        .where(ExecutionStep.execution_id == execution_id, ExecutionStep.status == COMPLETED,
               ExecutionStep.type.in_(types))
        .order_by(ExecutionStep.started_at, ExecutionStep.position).limit(limit)
    ))
