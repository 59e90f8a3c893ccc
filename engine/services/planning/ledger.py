"""The occurrence ledger: one row per due time. The database refuses a second one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.db import UnitOfWork
from engine.domain.events import OCCURRENCE, Change
from engine.domain.ids import new_id
from engine.models import Occurrence
from engine.services.inserts import insert


def record(
    uow: UnitOfWork, trigger_id: str, workflow_id: str, scheduled_at: datetime, at: datetime, *,
    outcome: str, reason: str | None = None, reason_data: Mapping[str, Any] | None = None,
    execution_id: str | None = None, occurrence_id: str | None = None,
) -> str | None:
    """Write what became of a due time; None when that is on record already."""
    identity = uow.execute(
        insert(uow, Occurrence)
        .values(
            id=occurrence_id or new_id(at), trigger_id=trigger_id, workflow_id=workflow_id,
            scheduled_at=scheduled_at, outcome=outcome, reason=reason,
            reason_data=dict(reason_data) if reason_data else None, execution_id=execution_id,
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=["trigger_id", "scheduled_at"])
        .returning(Occurrence.id)
    ).scalar_one_or_none()
    if identity is not None and execution_id is None:
        uow.record(Change(OCCURRENCE, at, workflow_id))
    return identity
