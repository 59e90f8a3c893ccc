"""The page of a workflow: what is next, how it went, the last runs. Also what is pushed to it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row

from blueprints.shown import starts as starts_shown
from blueprints.workflows.pages import usual_ms
from engine.domain.due.drifts import Drift
from engine.domain.errors import Invalid
from engine.domain.runs.states import ACTIVE, COMPLETED, OFF, PAUSED
from engine.queries.overview import statistics
from engine.queries.runs import executions, holds
from engine.queries.times import drift, upcoming
from engine.queries.workflows import workflows

RECENT: Final = 10
_NEXT: Final = 5
_LOOKED_AT: Final = 5


def overview(
    connection: Connection, visible: ColumnElement[bool], workflow: Row[Any], at: datetime
) -> dict[str, Any]:
    """Return what the page shows beside its frame."""
    starts = starts_shown.shown_all(workflows.triggers(connection, workflow.id), at)
    results = workflows.recent_results(connection, [workflow.id])[workflow.id]
    dues = upcoming.upcoming(connection, starts_shown.producers(starts), at, _NEXT)
    runs = executions.page(connection, visible, executions.Filter(workflow.id), limit=RECENT)
    took = statistics.took(connection, workflow.id, at)
    times = [due.at for due in dues if due.will_run]
    return {
        "workflow": workflow, "starts": starts, "results": results, "usual": usual_ms(results),
        "took": took,
        "dues": dues, "with_inputs": {start.row.id for start in starts if start.row.inputs},
        "next_times": times, "is_paused": workflow.state == PAUSED, "rests": workflow.state in (OFF, PAUSED),
        "first_due": times[0] if times and not results and starts_shown.is_soon(times[0], at) else None,
        "has_just_begun": len(results) == 1 and results[0].status == COMPLETED,
        "runs": runs, "holds": holds.of(connection, runs, at), "page_size": RECENT,
    }


def drifts(
    connection: Connection, starts: Sequence[starts_shown.Start], at: datetime
) -> list[tuple[starts_shown.Start, Drift]]:
    """Return the starts whose runs outlast the gap between their times, of the first few that are on."""
    found = []
    for start in [start for start in starts if start.schedule and start.row.state == ACTIVE][:_LOOKED_AT]:
        with suppress(Invalid):  # a calendar it names is gone; its start says so
            if seen := drift.of(connection, start.row.id, at):
                found.append((start, seen))
    return found
