"""Signs of life of the processes."""

from datetime import datetime

from sqlalchemy import delete

from engine.db import UnitOfWork
from engine.models import Process
from engine.services.upsert import upsert


def report(uow: UnitOfWork, process_id: str, kind: str, at: datetime) -> None:
    """Say that a process is alive."""
    uow.execute(
        upsert(uow, Process, ("id",), ("seen_at",)),
        {"id": process_id, "kind": kind, "started_at": at, "seen_at": at},
    )


def leave(uow: UnitOfWork, process_id: str) -> None:
    """Say that a process has stopped on purpose."""
    uow.execute(delete(Process).where(Process.id == process_id))
