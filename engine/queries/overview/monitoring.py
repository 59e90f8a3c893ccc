"""The list of everything that was due or asked for: runs, and due times that had none, newest first."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row

from engine.domain.runs.states import MISSED, SKIPPED
from engine.queries.runs import executions
from engine.queries.runs.executions import Filter
from engine.queries.times import occurrences


class Line(NamedTuple):
    """A line of the list: either a run, or a due time without one."""

    at: datetime
    id: str
    run: Row[Any] | None = None
    missed: Row[Any] | None = None


def page(
    connection: Connection, visible: ColumnElement[bool], narrowed: Filter, *,
    before: tuple[datetime, str] | None = None, limit: int = 50,
) -> list[Line]:
    """Return up to `limit` lines; `before` is the (at, id) of the last one seen."""
    lines: list[Line] = []
    if narrowed.status not in (SKIPPED, MISSED):
        lines += map(_of_run, executions.page(connection, visible, narrowed, before=before, limit=limit))
    if _may_hold_due_times(narrowed):
        lines += map(_of_due_time, occurrences.without_run(
            connection, visible, narrowed, before=before, limit=limit
        ))
    return sorted(lines, key=_place, reverse=True)[:limit]


def runs_in(lines: Iterable[Line]) -> list[Row[Any]]:
    return [line.run for line in lines if line.run is not None]


def changed(
    connection: Connection, visible: ColumnElement[bool], execution_ids: Collection[str],
    workflow_ids: Collection[str], since: datetime,
) -> list[Line]:
    """Return these runs, and the due times without run these workflows had `since`; oldest first."""
    lines: list[Line] = []
    if execution_ids:
        lines += map(_of_run, executions.rows(connection, visible, list(execution_ids)))
    if workflow_ids:
        lines += map(_of_due_time, occurrences.recorded_since(connection, visible, workflow_ids, since))
    return sorted(lines, key=_place)


def _may_hold_due_times(narrowed: Filter) -> bool:
    if narrowed.unusual or narrowed.dry_run or narrowed.step:
        return False
    return narrowed.status in (None, SKIPPED, MISSED) and narrowed.started_by in (None, "schedule")


def _of_run(row: Row[Any]) -> Line:
    return Line(row.queued_at, row.id, run=row)


def _of_due_time(row: Row[Any]) -> Line:
    return Line(row.scheduled_at, row.id, missed=row)


def _place(line: Line) -> tuple[datetime, str]:
    return line.at, line.id
