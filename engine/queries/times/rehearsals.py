"""What a rehearsal is played with: how long the last runs took."""

from datetime import timedelta

from sqlalchemy import Connection

from engine.domain.runs.states import COMPLETED, FAILED
from engine.queries.workflows import workflows


def past_durations(connection: Connection, workflow_id: str) -> list[timedelta]:
    """Return how long the last runs of a workflow took that ended by themselves, oldest first."""
    runs = workflows.recent_results(connection, [workflow_id])[workflow_id]
    return [timedelta(milliseconds=run.duration_ms) for run in runs
            if run.status in (COMPLETED, FAILED) and run.duration_ms is not None]
