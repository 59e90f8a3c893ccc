"""The calendar: what was due and what will be, for a window of any size, with bounded work.

Of the future at most `MOST_STARTS` starts are worked out: those due first and, where that is not all,
some that are due first in each later slot. Of the past each slot is looked into up to a limit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, bindparam, cast, or_, select

from engine.domain.due.agenda import Agenda, Band, Filled, Start, clashes, planned_lines, with_clashes
from engine.domain.due.calendar_slots import Slot, hours
from engine.domain.due.due_times import DueTimes, count, due_times, stored_schedule
from engine.domain.errors import Invalid
from engine.domain.runs.states import ACTIVE, PAUSED, SKIP
from engine.domain.schedules.schedules import Schedule
from engine.domain.time.holiday_names import public_holidays
from engine.domain.timetables.occurrences import Surroundings
from engine.models import Calendar, ProducerSchedule, Workflow
from engine.models.base import UtcDateTime
from engine.queries.times import calendar_past, surroundings

MOST_STARTS: Final = 300
_PER_SLOT: Final = 6
_MOST_COUNTED: Final = 288
_MOST_BANDS: Final = 10
_DAY: Final = timedelta(days=1)
_JUST: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Scope:
    """Whose calendar: `visible` is a condition on workflows; `workflow_id` narrows it to one."""

    visible: ColumnElement[bool]
    workflow_id: str | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        return and_(self.visible, Workflow.id == self.workflow_id) if self.workflow_id else self.visible


class Plan(NamedTuple):
    """One start with all its due times in the window."""

    start: Start
    schedule: Schedule
    around: Surroundings
    due: DueTimes
    skipped: Sequence[datetime]


class Plans(NamedTuple):
    """`complete_until` None: nothing was left out."""

    found: Sequence[Plan]
    complete_until: datetime | None


def agenda(connection: Connection, scope: Scope, slots: Sequence[Slot], at: datetime) -> Agenda:
    """Return what lies in the slots; `at` divides past from future."""
    planned = plans(connection, scope, slots, at)
    moments = {plan.start: plan.due.moments for plan in planned.found if not plan.due.is_often}
    moved = {(plan.start, one.to): one.scheduled_at
             for plan in planned.found for one in plan.around.overrides if one.to}
    skipped = [(plan.start, moment) for plan in planned.found for moment in plan.skipped]
    ahead = planned_lines(slots, moments, moved, skipped)
    past = calendar_past.lines(connection, scope.condition, slots, at, _often(connection, scope, planned, at))
    filled = [
        Filled(slot, [*behind.lines, *coming], is_partial=behind.is_partial)
        for slot, behind, coming in zip(slots, past, ahead, strict=True)
    ]
    return Agenda(
        with_clashes(filled, clashes(moments)),
        _bands(planned.found, slots[0].start, slots[-1].end),
        planned.complete_until,
        frozenset(name for plan in planned.found for name in plan.schedule.calendars),
    )


def next_after(
    connection: Connection, scope: Scope, moment: datetime, at: datetime
) -> tuple[datetime, Start] | None:
    """Return what is planned first after `moment`, within a month; None when nothing is."""
    window = Slot(moment.date(), 0, max(moment, at), max(moment, at) + 31 * _DAY)
    found = plans(connection, scope, [window], at).found
    return min(((plan.due.moments[0], plan.start) for plan in found if plan.due.moments), default=None)


def plans(connection: Connection, scope: Scope, slots: Sequence[Slot], at: datetime) -> Plans:
    """Return the starts that are due within the slots after `at`."""
    if slots[-1].end <= at:
        return Plans((), None)
    rows, complete_until = _rows(connection, scope, slots, at)
    around = surroundings.of(connection, [row.trigger_id for row in rows], after=at)
    # From midnight, so that one answer serves the whole day.
    since = next(slot.start for slot in slots if slot.end > at)
    found = (_plan(row, around[row.trigger_id], since, slots[-1].end, at) for row in rows)
    return Plans([plan for plan in found if plan and (plan.due.moments or plan.skipped)], complete_until)


def _often(connection: Connection, scope: Scope, planned: Plans, at: datetime) -> list[str]:
    """Return the starts that are due often these days, whatever window is looked at."""
    found = planned.found or plans(connection, scope, hours(at.date(), "UTC"), at).found
    return [plan.start.trigger_id for plan in found if plan.due.is_often and plan.start.trigger_id]


def days_off(
    connection: Connection, references: Iterable[str], days: Sequence[date]
) -> dict[date, list[str]]:
    """Return the names of the days off among `days`, for the calendars that schedules use."""
    names = public_holidays(references, days)
    wanted = {day.isoformat(): day for day in days}
    own = select(Calendar.name, Calendar.days).where(Calendar.id.in_(list(references)))
    for row in connection.execute(own.order_by(Calendar.name)):
        for written in row.days.keys() & wanted.keys():
            names.setdefault(wanted[written], []).append(f"{row.days[written] or 'Day off'} ({row.name})")
    return names


def _plan(
    row: Row[Any], around: Surroundings, start: datetime, end: datetime, at: datetime
) -> Plan | None:
    schedule = stored_schedule(row.written)
    if schedule is None:
        return None
    try:
        # A whole day tells what comes often, however short the window is.
        due = due_times(schedule, around, start, max(end, start + _DAY))
    except Invalid:
        return None  # a calendar it names is gone; the dispatcher parks such a start
    ahead = tuple(moment for moment in due.moments if max(at, row.next_run_at - _JUST) < moment < end)
    if due.is_often and start <= row.next_run_at < end:
        ahead = ahead or (row.next_run_at,)
    named = Start(row.workflow_id, row.workflow_name, row.workflow_slug, row.trigger_id, row.trigger_name)
    skipped = [one.scheduled_at for one in around.overrides if one.action == SKIP and one.scheduled_at > at]
    return Plan(named, schedule, around, DueTimes(ahead, due.is_often, due.gap), skipped)


def _bands(found: Sequence[Plan], start: datetime, end: datetime) -> list[Band]:
    """Count only within a day, and only what will be read."""
    often = [plan for plan in found if plan.due.is_often]
    often.sort(key=lambda plan: plan.due.gap or timedelta())
    counting = end - start <= timedelta(hours=26)
    return [
        Band(plan.start, plan.due, count(plan.schedule, plan.around, start, end, _MOST_COUNTED)
             if counting and number < _MOST_BANDS else None)
        for number, plan in enumerate(often)
    ]


def _rows(
    connection: Connection, scope: Scope, slots: Sequence[Slot], at: datetime
) -> tuple[list[Row[Any]], datetime | None]:
    window = {"start": slots[0].start, "end": slots[-1].end}
    rows = list(connection.execute(_due(scope).limit(MOST_STARTS + 1), window))
    if resting := surroundings.pauses(connection):
        going_on = _due(scope, PAUSED).where(ProducerSchedule.workflow_id.in_(resting))
        rows += connection.execute(going_on.limit(MOST_STARTS + 1), window)
        rows = sorted(rows, key=lambda row: row.next_run_at)[:MOST_STARTS + 1]
    if len(rows) <= MOST_STARTS:
        return rows, None
    last = rows.pop()
    drawn = {row.trigger_id for row in rows}
    first_due = _due(scope).where(ProducerSchedule.next_run_at >= bindparam("start", type_=UtcDateTime))
    for slot in slots:
        if slot.start > max(at, last.next_run_at):
            more = connection.execute(first_due.limit(_PER_SLOT), {"start": slot.start, "end": slot.end})
            rows += [row for row in more if row.trigger_id not in drawn]
    return rows, last.next_run_at


def _due(scope: Scope, state: str = ACTIVE) -> Any:
    """Starts by their next run, if before `end`; one that comes only once must not be over at `start`."""
    start, end = bindparam("start", type_=UtcDateTime), bindparam("end", type_=UtcDateTime)
    return (
        select(
            ProducerSchedule.trigger_id, ProducerSchedule.workflow_id, ProducerSchedule.next_run_at,
            ProducerSchedule.producer_name.label("trigger_name"),
            cast(ProducerSchedule.schedule_value, Text).label("written"),
            Workflow.name.label("workflow_name"), Workflow.slug.label("workflow_slug"),
        )
        .join(Workflow, Workflow.id == ProducerSchedule.workflow_id)
        .where(
            scope.condition, ProducerSchedule.state == state, ProducerSchedule.next_run_at < end,
            or_(ProducerSchedule.schedule_type != "once", ProducerSchedule.next_run_at >= start),
        )
        .order_by(ProducerSchedule.next_run_at)
    )
