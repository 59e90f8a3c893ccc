"""The switch of an administrator that lets scripts run on this server."""

from datetime import datetime

from engine.db import UnitOfWork
from engine.queries.server import scripts as queries
from engine.services import audit, settings


def allow(uow: UnitOfWork, allowed: bool, *, by: str, at: datetime) -> None:
    """Let scripts run, or no longer; a script under way finishes. Said again, nothing changes."""
    if queries.are_allowed(uow.connection) == allowed:
        return
    settings.put(uow, queries.NAME, {"allowed": allowed}, at)
    audit.record(uow, by, f"scripts.{'allowed' if allowed else 'switched_off'}", "scripts", None, None, at)
