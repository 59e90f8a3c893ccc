"""Signs of life of the processes."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete

from engine.db import UnitOfWork
from engine.models import Base, Process

_PROCESSES: Final = Base.metadata.tables[Process.__tablename__]


def report(uow: UnitOfWork, process_id: str, kind: str, at: datetime) -> None:
    """Say that a process is alive."""
    row = {"id": process_id, "kind": kind, "started_at": at, "seen_at": at}
    uow.put(_PROCESSES, ("id",), [row], keeping=("started_at",))


def leave(uow: UnitOfWork, process_id: str) -> None:
    """Say that a process has stopped on purpose."""
    uow.execute(delete(Process).where(Process.id == process_id))
