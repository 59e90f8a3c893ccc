"""Due times as events of a calendar program: their names, words and addresses."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from blueprints.runs.words import why, why_not
from blueprints.shared.words import look
from engine.domain.due.agenda import PLANNED
from engine.domain.due.feed_text import Event
from engine.domain.runs import states
from engine.queries.times import feeds
from engine.queries.times.calendar import Plan, Scope

_USUAL: Final = timedelta(minutes=5)


def events(connection: Connection, scope: Scope, base_url: str, at: datetime) -> list[Event]:
    """Return what was and what will be; starts that are due often are left out."""
    planned = feeds.planned(connection, scope, at)
    often = [plan.start.trigger_id for plan in planned if plan.due.is_often and plan.start.trigger_id]
    past = [*feeds.ran(connection, scope, at, often), *feeds.without_run(connection, scope, at, often)]
    return [*(_past(row, base_url) for row in past), *_ahead(planned, base_url)]


def _ahead(planned: Sequence[Plan], base_url: str) -> Iterator[Event]:
    moments = sorted(
        (moment, plan.start) for plan in planned if not plan.due.is_often for moment in plan.due.moments
    )
    for moment, start in moments[:feeds.MOST]:
        yield Event(
            start.trigger_id or "", moment, PLANNED, moment, _USUAL, start.workflow_name,
            f"Planned: {start.trigger_name}", f"{base_url}/workflows/{start.workflow_slug}/starts",
        )


def _past(row: Row[Any], base_url: str) -> Event:
    shown = look(row.status).text
    if row.execution_id is None:
        return Event(
            row.trigger_id, row.scheduled_at, row.status, row.scheduled_at, _USUAL,
            f"{shown}: {row.workflow_name}", why_not(row), f"{base_url}/workflows/{row.workflow_slug}",
        )
    summary = row.workflow_name if row.status == states.COMPLETED else f"{shown}: {row.workflow_name}"
    return Event(
        row.trigger_id, row.scheduled_at, row.status, row.started_at or row.queued_at,
        timedelta(milliseconds=row.duration_ms or 0), summary, why(row) or shown,
        f"{base_url}/executions/{row.execution_id}",
    )
