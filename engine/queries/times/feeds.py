"""What calendar programs are told: what is planned for 60 days and what became of the last 30."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from engine.domain.due.calendar_slots import Slot
from engine.domain.people.roles import Person
from engine.models import CalendarFeed, Execution, Occurrence, Trigger, User, Workflow
from engine.queries.times.calendar import Plan, Scope, plans

AHEAD: Final = timedelta(days=60)
BEHIND: Final = timedelta(days=30)
MOST: Final = 1000
_MOST_LOOKED_AT: Final = 5_000
_OF_RUN: Final = ("queued_at", "started_at", "duration_ms", "status", "error_message")


def since(connection: Connection, user_id: str) -> datetime | None:
    """Return when the account got its secret address; None when it has none."""
    made = select(CalendarFeed.created_at).where(CalendarFeed.user_id == user_id)
    return connection.execute(made).scalar_one_or_none()


def owner(connection: Connection, secret_hash: str) -> Person | None:
    """Return whose calendar a secret address shows; an account that was shut out has none."""
    row = connection.execute(
        select(User.id, User.email, User.name, User.role, User.timezone, User.theme)
        .join(CalendarFeed, CalendarFeed.user_id == User.id)
        .where(CalendarFeed.secret_hash == secret_hash, User.disabled_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return Person(row.id, row.email, row.name, row.role, "viewer", row.timezone, row.theme)


def planned(connection: Connection, scope: Scope, at: datetime) -> list[Plan]:
    """Return the starts that are due in the time ahead, also those that come too often to be listed."""
    midnight = datetime.combine(at.date(), time(), at.tzinfo)
    window = Slot(at.date(), 0, midnight, midnight + AHEAD)
    return list(plans(connection, scope, [window], at).found)


def ran(
    connection: Connection, scope: Scope, at: datetime, without: Collection[str]
) -> list[Row[Any]]:
    """Return the scheduled runs among the latest runs, with the time they were due at, newest first."""
    latest = (
        select(Execution.occurrence_id, Execution.queued_at, Execution.started_at, Execution.duration_ms,
               Execution.status, Execution.error_message)
        .join(Workflow, Workflow.id == Execution.workflow_id)
        .where(scope.condition, Execution.queued_at >= at - BEHIND)
        .order_by(Execution.queued_at.desc()).limit(_MOST_LOOKED_AT).subquery()
    )
    listed = (
        _listed(*(latest.c[name] for name in _OF_RUN))
        .join(latest, latest.c.occurrence_id == Occurrence.id)
        .where(Occurrence.trigger_id.not_in(without)).order_by(latest.c.queued_at.desc())
    )
    return list(connection.execute(listed.limit(MOST)))


def without_run(
    connection: Connection, scope: Scope, at: datetime, without: Collection[str]
) -> list[Row[Any]]:
    """Return the latest due times that had no run, newest first."""
    due = _listed(func.coalesce(Occurrence.run_status, Occurrence.outcome).label("status")).where(
        scope.condition, Occurrence.execution_id.is_(None), Occurrence.scheduled_at >= at - BEHIND,
        Occurrence.trigger_id.not_in(without),
    )
    return list(connection.execute(due.order_by(Occurrence.scheduled_at.desc()).limit(MOST)))


def _listed(*more: Any) -> Select[Any]:
    return (
        select(Occurrence.trigger_id, Occurrence.scheduled_at, Occurrence.reason, Occurrence.reason_data,
               Occurrence.execution_id, Workflow.name.label("workflow_name"),
               Workflow.slug.label("workflow_slug"), Trigger.name.label("trigger_name"), *more)
        .select_from(Occurrence)
        .join(Workflow, Workflow.id == Occurrence.workflow_id)
        .join(Trigger, Trigger.id == Occurrence.trigger_id)
    )
