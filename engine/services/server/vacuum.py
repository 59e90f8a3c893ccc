"""Giving back to the disk what removing history has freed inside the database file."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict
from engine.models import Setting
from engine.queries.server.disk import GIVE_BACK, disk
from engine.services import audit, settings

# Two megabytes: moved within some milliseconds.
_PAGES: Final = 500
# Giving back writes too, so a few pages are always on their way.
_NEGLIGIBLE: Final = 100_000


def ask(uow: UnitOfWork, *, by: str, at: datetime) -> None:
    """Have all free room given back, a little every second; raises `Conflict` where that can't be."""
    now = disk(uow.connection)
    if not now.gives_back:
        raise Conflict("This database looks after its free room by itself.")
    value = {"before": now.size, "after": None, "at": at.isoformat()}
    settings.put(uow, GIVE_BACK, value, at)
    audit.record(uow, by, "storage.given_back", "storage", None, {"before": now.size}, at)


def give_back(uow: UnitOfWork, pages: int, at: datetime) -> int:
    """Hand some free pages to the disk; return how many are left to hand over."""
    if not pages:
        return 0
    # Python takes one step of a statement that answers nothing, and a step is one page.
    raw: Any = uow.connection.connection.driver_connection
    for _ in range(min(pages, _PAGES)):
        raw.execute("PRAGMA incremental_vacuum(1)")
    now = disk(uow.connection)
    if now.free > _NEGLIGIBLE:
        return max(pages - _PAGES, 0)
    asked = uow.execute(select(Setting.value).where(Setting.name == GIVE_BACK)).scalar_one_or_none()
    if asked and asked["after"] is None:
        done = {**asked, "after": now.size, "at": at.isoformat()}
        uow.execute(update(Setting).where(Setting.name == GIVE_BACK).values(value=done, updated_at=at))
    return 0
