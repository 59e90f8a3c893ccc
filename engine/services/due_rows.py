"""The rows that decisions about due times become."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine.domain.ids import new_id
from engine.domain.misfires import Decision, Start
from engine.domain.states import PENDING, STARTED, WAITING


@dataclass(frozen=True)
class Record:
    """An occurrence and, unless there is a reason for none, its run."""

    occurrence: dict[str, Any]
    execution: dict[str, Any] | None


def records_of(row: Row[Any], decision: Decision, at: datetime) -> Iterator[Record]:
    """Yield what to insert for one producer; `row` is its schedule with inputs and live version."""
    for start in decision.starts:
        execution_id = new_id(at)
        occurrence = _occurrence(row, start.scheduled_at, STARTED, None, execution_id, at)
        yield Record(occurrence, _execution(row, occurrence, start, at))
    for none in decision.unstarted:
        yield Record(_occurrence(row, none.scheduled_at, none.outcome, none.reason, None, at), None)


def _occurrence(
    row: Row[Any], scheduled_at: datetime, outcome: str, reason: str | None,
    execution_id: str | None, at: datetime,
) -> dict[str, Any]:
    return {
        "id": new_id(at), "trigger_id": row.trigger_id, "workflow_id": row.workflow_id,
        "scheduled_at": scheduled_at, "outcome": outcome, "reason": reason, "reason_data": None,
        "execution_id": execution_id, "created_at": at,
    }


def _execution(row: Row[Any], occurrence: dict[str, Any], start: Start, at: datetime) -> dict[str, Any]:
    """A run that is to begin later rests first; the leader wakes it like any other."""
    rests = start.not_before > at
    return {
        "id": occurrence["execution_id"], "workflow_id": row.workflow_id,
        "version_id": row.live_version_id, "trigger_id": row.trigger_id,
        "occurrence_id": occurrence["id"], "started_by": "schedule",
        "status": WAITING if rests else PENDING, "reason": "timer" if rests else None,
        "wake_at": start.not_before if rests else None, "input": row.inputs, "queued_at": at,
        "retry_count": 0, "crash_count": 0, "lease_epoch": 0,
    }
