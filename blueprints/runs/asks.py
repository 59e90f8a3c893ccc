"""What a run asks people about steps of which nobody knows whether they happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.domain.runs import states
from engine.queries.runs import questions
from engine.queries.runs.whole import Run
from engine.steps import registry


@dataclass(frozen=True)
class StepAsks:
    """One step that waits; `sent` is what it was about to do, `position` the place in its loop."""

    key: str
    position: str
    name: str
    sent: str
    why: str
    at: datetime | None


def asks(connection: Connection, run: Run) -> Sequence[StepAsks]:
    """Return the steps of a waiting run whose outcome is unknown, in the order they began."""
    if run.row.status != states.WAITING:
        return ()
    return [_asks(run, row, run.names.get(row.step_key, row.step_key))
            for row in questions.unknown(connection, run.row.id)]


def _asks(run: Run, row: Any, name: str) -> StepAsks:
    kind, given = registry().get(row.type), run.shown(row.input)
    sent = kind.describe(given) if kind and isinstance(given, dict) else name
    why = f"no answer came: {row.error_message}" if row.error_message else "the worker stopped"
    return StepAsks(row.step_key, row.position, name, sent, why, row.started_at)
