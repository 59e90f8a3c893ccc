"""Signs of life: who leads, who works, what is late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from engine.models import Leader, Process, ProducerSchedule

_SILENT_FOR: Final = timedelta(seconds=45)


@dataclass(frozen=True)
class SignsOfLife:
    has_leader: bool
    workers: int
    oldest_overdue: timedelta


def signs_of_life(connection: Connection, at: datetime) -> SignsOfLife:
    return SignsOfLife(_has_leader(connection, at), _workers(connection, at), _oldest_overdue(connection, at))


def _has_leader(connection: Connection, at: datetime) -> bool:
    return connection.execute(select(Leader.name).where(Leader.expires_at >= at)).first() is not None


def _workers(connection: Connection, at: datetime) -> int:
    alive = (Process.kind == "worker", Process.seen_at > at - _SILENT_FOR)
    return connection.execute(select(func.count()).select_from(Process).where(*alive)).scalar_one()


def _oldest_overdue(connection: Connection, at: datetime) -> timedelta:
    """How late the latest due time is that nobody has claimed; zero when nothing waits."""
    due = (ProducerSchedule.state == "active", ProducerSchedule.next_run_at <= at)
    oldest = connection.execute(select(func.min(ProducerSchedule.next_run_at)).where(*due)).scalar()
    return at - oldest if oldest else timedelta(0)
