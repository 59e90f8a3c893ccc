"""Whether the one who does a run still has it."""

from sqlalchemy import Connection, select

from engine.domain.runs.states import RUNNING
from engine.models import Execution


def is_held(connection: Connection, execution_id: str, epoch: int) -> bool:
    """False once the run was stopped or another worker has taken it over."""
    held = select(Execution.id).where(
        Execution.id == execution_id, Execution.lease_epoch == epoch, Execution.status == RUNNING)
    return connection.execute(held).first() is not None
