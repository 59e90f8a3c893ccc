"""Why did it run, or why not: every due time of one start on one day, each with a sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.domain.due.due_lines import MANY, Day, Facts, Line, Outage, Range, left_out, off_then, planned
from engine.domain.due.reasons import ON_TIME, ran, why
from engine.domain.due.standing import ACTIONS, STOPPED, Entry, rule_since
from engine.domain.errors import NotFound
from engine.domain.runs.states import CANCELLED, FAILED, MISSED, MOVE, PENDING, SKIP, SKIPPED, WAITING
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.time.clock_changes import ClockChange, instant
from engine.models import (
    AuditEntry,
    Execution,
    Occurrence,
    OccurrenceOverride,
    ProducerSchedule,
    Trigger,
    User,
)
from engine.models import Outage as OutageRow
from engine.queries.times import calendar, surroundings
from engine.queries.times.occurrences import RUN_STARTED_AT, RUN_STATUS

_DECIDED = {SKIP: ("skipped", "skipped_by", "Skipped"), MOVE: ("skipped", "moved", "Moved")}


def day(connection: Connection, trigger_id: str, on: date, at: datetime, zone: str | None = None) -> Day:
    """Return the day in `zone`, that of the schedule by default. Raises `NotFound` without a schedule."""
    facts = _facts(connection, trigger_id, on, at, zone)
    rows = _ledger(connection, trigger_id, facts)
    ranges = [Range(row.scheduled_at, datetime.fromisoformat(row.reason_data["until"]), row.reason or "")
              for row in rows if row.reason_data and "until" in row.reason_data]
    found = [_recorded(row, facts) for row in rows if row.scheduled_at >= facts.start]
    by_moment = {line.scheduled_at: line for line in (
        *left_out(facts), *planned(facts, ranges), *_decided(connection, trigger_id, facts), *found)}
    lines = [by_moment[moment] for moment in sorted(by_moment)]
    younger = facts.since if facts.start < facts.since < facts.end else None
    return Day(facts.zone, tuple(lines[:MANY]), younger, len(lines) <= MANY)


def _facts(connection: Connection, trigger_id: str, on: date, at: datetime, zone: str | None) -> Facts:
    row = connection.execute(
        select(Trigger.workflow_id, Trigger.config, Trigger.created_at, ProducerSchedule.state)
        .outerjoin(ProducerSchedule, ProducerSchedule.trigger_id == Trigger.id)
        .where(Trigger.id == trigger_id)
    ).one_or_none()
    if row is None or "schedule" not in row.config:
        raise NotFound("There is no such start.")
    schedule = parse_schedule(row.config["schedule"], at=at, stored=True)
    zone = zone or schedule.timezone
    start, end = (instant(datetime.combine(one, time()), zone, ClockChange())
                  for one in (on, on + timedelta(days=1)))
    entries = _entries(connection, (row.workflow_id, trigger_id))
    # Seen from another zone the day may begin on the day before and end on the day after.
    days = [on + timedelta(days=distance) for distance in (-1, 0, 1)]
    # A pause is told from the record, with who and why.
    around = replace(surroundings.one(connection, trigger_id), paused_until=None)
    return Facts(
        start, end, rule_since(entries, row.created_at), at, zone, schedule, around, entries,
        STOPPED.get(row.state or ""),
        _outages(connection, start, end), calendar.days_off(connection, schedule.calendars, days),
    )


def _outages(connection: Connection, start: datetime, end: datetime) -> list[Outage]:
    within = (OutageRow.started_at < end, OutageRow.ended_at >= start)
    rows = connection.execute(select(OutageRow.started_at, OutageRow.ended_at).where(*within))
    return [Outage(row.started_at, row.ended_at) for row in rows]


def _entries(connection: Connection, objects: Sequence[str]) -> list[Entry]:
    rows = connection.execute(
        select(AuditEntry.at, AuditEntry.action, User.name, AuditEntry.details)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.object_id.in_(objects), AuditEntry.action.in_(ACTIONS))
        .order_by(AuditEntry.id)
    )
    return [Entry(row.at, row.action, row.name, row.details or {}) for row in rows]


def _ledger(connection: Connection, trigger_id: str, facts: Facts) -> list[Row[Any]]:
    """The rows of the day, and the one before it: it may stand for a range that reaches into the day."""
    rows = (
        select(Occurrence.scheduled_at, Occurrence.outcome, Occurrence.reason, Occurrence.reason_data,
               Occurrence.execution_id, RUN_STATUS.label("status"), RUN_STARTED_AT.label("started_at"),
               Execution.error_message)
        .outerjoin(Execution, Execution.id == Occurrence.execution_id)
        .where(Occurrence.trigger_id == trigger_id)
    )
    before = rows.where(Occurrence.scheduled_at < facts.start).order_by(Occurrence.scheduled_at.desc())
    within = rows.where(Occurrence.scheduled_at >= facts.start, Occurrence.scheduled_at < facts.end)
    return [*connection.execute(before.limit(1)),
            *connection.execute(within.order_by(Occurrence.scheduled_at).limit(MANY + 1))]


def _recorded(row: Row[Any], facts: Facts) -> Line:
    def line(kind: str, sentence: str) -> Line:
        return Line(row.scheduled_at, kind, row.reason, sentence, row.execution_id)

    clause = why(row.reason, row.reason_data, facts.zone)
    if row.outcome == MISSED:
        return line("missed", f"Missed: {clause}. {off_then(row.scheduled_at, facts)}".rstrip())
    if row.outcome == SKIPPED:
        return line("skipped", f"Skipped: {clause}.")
    if row.started_at is None:
        waits = row.status in (PENDING, WAITING)
        return line("waiting", "Waits to start.") if waits else line("skipped", "Stopped before it began.")
    late = row.started_at - row.scheduled_at > ON_TIME
    said = ran(row.scheduled_at, row.started_at, facts.zone, row.reason, row.reason_data)
    failed = f" It failed: {row.error_message or 'it did not say why'}"
    ended = {FAILED: failed, CANCELLED: " It was stopped."}
    return line("late" if late else "ran", said + ended.get(row.status, ""))


def _decided(connection: Connection, trigger_id: str, facts: Facts) -> Iterator[Line]:
    """Times that people decided about and that have not come yet."""
    table = OccurrenceOverride
    rows = connection.execute(
        select(table.scheduled_at, table.action, table.moved_to, table.note, User.name)
        .outerjoin(User, User.id == table.created_by)
        .where(table.trigger_id == trigger_id, table.scheduled_at >= facts.start,
               table.scheduled_at < facts.end, table.action.in_(_DECIDED), table.settled_at.is_(None))
    )
    for row in rows:
        kind, reason, said = _DECIDED[row.action]
        to = {"to": row.moved_to.isoformat()} if row.moved_to else {}
        clause = why(reason, {"by": row.name, "note": row.note, **to}, facts.zone)
        yield Line(row.scheduled_at, kind, reason, f"{said}: {clause}.")
