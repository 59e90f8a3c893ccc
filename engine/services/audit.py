"""The record of who changed what. Entries are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from engine.db import UnitOfWork
from engine.models import AuditEntry


def record(  # noqa: PLR0917 - called everywhere, always in this order
    uow: UnitOfWork, user_id: str | None, action: str, object_kind: str, object_id: str | None,
    details: Mapping[str, Any] | None, at: datetime,
) -> None:
    """Note that `user_id` (None: the system) did `action`. `details` must hold no secret."""
    uow.execute(insert(AuditEntry).values(
        at=at, user_id=user_id, action=action, object_kind=object_kind, object_id=object_id,
        details=dict(details) if details else None,
    ))
