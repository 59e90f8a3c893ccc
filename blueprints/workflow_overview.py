"""The page of a workflow: what is next, how it went, the last runs. Also what is pushed to it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row

from blueprints import starts_shown
from blueprints.workflow_pages import usual_ms
from engine.domain.states import COMPLETED, OFF, PAUSED
from engine.queries import executions, upcoming, workflows

RECENT: Final = 10
_NEXT: Final = 5


def overview(
    connection: Connection, visible: ColumnElement[bool], workflow: Row[Any], at: datetime
) -> dict[str, Any]:
    """Return what the page shows beside its frame."""
    starts = starts_shown.shown_all(workflows.triggers(connection, workflow.id), at)
    results = workflows.recent_results(connection, [workflow.id])[workflow.id]
    dues = upcoming.upcoming(connection, starts_shown.producers(starts), at, _NEXT)
    times = [due.at for due in dues if due.will_run]
    return {
        "workflow": workflow, "starts": starts, "results": results, "usual": usual_ms(results),
        "dues": dues, "with_inputs": {start.row.id for start in starts if start.row.inputs},
        "next_times": times, "is_paused": workflow.state == PAUSED, "rests": workflow.state in (OFF, PAUSED),
        "first_due": times[0] if times and not results and starts_shown.is_soon(times[0], at) else None,
        "has_just_begun": len(results) == 1 and results[0].status == COMPLETED,
        "runs": executions.page(connection, visible, executions.Filter(workflow.id), limit=RECENT),
    }
