"""Whether the runs of a start fit between its planned times, from what lately became of them."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from engine.domain.due.drifts import Drift, drift, gap_between
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.timetables.occurrences import occurrences
from engine.models import Execution, Occurrence, ProducerSchedule
from engine.queries.times import surroundings

_LATELY: Final = 100
_AHEAD: Final = 50
_TOO_CLOSE: Final = ("still_running", "queue_full", "replaced")


def of(connection: Connection, trigger_id: str, at: datetime) -> Drift | None:
    """Return the two numbers when runs outlast or outwait the gap, else None."""
    value = connection.execute(
        select(ProducerSchedule.schedule_value).where(ProducerSchedule.trigger_id == trigger_id)
    ).scalar_one_or_none()
    if not value:
        return None
    rows = connection.execute(
        select(Occurrence.scheduled_at, Occurrence.reason, Execution.started_at, Execution.duration_ms)
        .outerjoin(Execution, Execution.id == Occurrence.execution_id)
        .where(Occurrence.trigger_id == trigger_id, Occurrence.scheduled_at <= at)
        .order_by(Occurrence.scheduled_at.desc()).limit(_LATELY)
    ).all()
    ended = [row for row in rows if row.duration_ms is not None and row.started_at]
    # A run of a missed time says nothing about how long runs wait while the app is on.
    waited = [row.started_at - row.scheduled_at for row in ended if row.reason is None]
    schedule = parse_schedule(value, at=at, stored=True)
    ahead = occurrences(schedule, at, limit=_AHEAD, around=surroundings.one(connection, trigger_id, after=at))
    return drift(
        [timedelta(milliseconds=row.duration_ms) for row in ended],
        [wait for wait in waited if wait >= timedelta()],
        gap_between(list(ahead)),
        skipped=sum(row.reason in _TOO_CLOSE for row in rows), total=len(rows),
    )
