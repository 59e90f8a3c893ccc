"""How much room the database takes, and what could be given back to the disk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, text

from engine.models import Setting

GIVE_BACK: Final = "give_back"
INCREMENTAL: Final = 2
# Room that is free inside is used again first. Only more than this is worth moving pages for.
_SLACK_PAGES: Final = 2_000
_SLACK_SHARE: Final = 20


@dataclass(frozen=True)
class Disk:
    """In bytes. `gives_back` is False where the database does that itself, or can't."""

    size: int
    free: int
    gives_back: bool


@dataclass(frozen=True)
class GivingBack:
    """What an administrator asked for: the size `before`, and `after` once it is done."""

    before: int
    after: int | None
    at: datetime


def disk(connection: Connection) -> Disk:
    if connection.dialect.name != "sqlite":
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        return Disk(int(size), 0, gives_back=False)
    page = _pragma(connection, "page_size")
    return Disk(page * _pragma(connection, "page_count"), page * _pragma(connection, "freelist_count"),
                gives_back=_pragma(connection, "auto_vacuum") == INCREMENTAL)


def giving_back(connection: Connection) -> GivingBack | None:
    value = connection.execute(select(Setting.value).where(Setting.name == GIVE_BACK)).scalar_one_or_none()
    if not value:
        return None
    return GivingBack(value["before"], value["after"], datetime.fromisoformat(value["at"]))


def pages_to_give_back(connection: Connection) -> int:
    """Return how many pages to hand to the disk now: all free ones when somebody asked for it."""
    if connection.dialect.name != "sqlite" or _pragma(connection, "auto_vacuum") != INCREMENTAL:
        return 0
    free, asked = _pragma(connection, "freelist_count"), giving_back(connection)
    if asked is not None and asked.after is None:
        return max(free, 1)
    slack = max(_SLACK_PAGES, _pragma(connection, "page_count") // _SLACK_SHARE)
    return free if free > slack else 0


def _pragma(connection: Connection, name: str) -> int:
    found: Any = connection.execute(text(f"PRAGMA {name}")).scalar_one()
    return int(found)
