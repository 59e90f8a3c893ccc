"""The live feed: what changed since a page last looked."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from engine.models import Change

MANY: Final = 500
# On Postgres a lower id can commit after a higher one, so the cursor trails a little;
# what is seen twice is drawn the same twice.
_TRAIL: Final = timedelta(seconds=2)


def since(connection: Connection, cursor: int) -> list[Row[Any]] | None:
    """Return the changes after `cursor`, oldest first; None when there are too many or they are gone."""
    first = connection.execute(select(func.min(Change.id))).scalar_one()
    if first is None:
        return None if cursor else []
    if cursor + 1 < first:
        return None
    rows = list(connection.execute(
        select(*Change.__table__.columns).where(Change.id > cursor).order_by(Change.id).limit(MANY + 1)
    ))
    return rows if len(rows) <= MANY else None


def cursor(connection: Connection, at: datetime) -> int:
    """Return the place from which a page drawn now has to catch up."""
    settled = connection.execute(
        select(func.max(Change.id)).where(Change.at < at - _TRAIL)
    ).scalar_one()
    if settled is not None:
        return int(settled)
    return int(connection.execute(select(func.min(Change.id))).scalar_one() or 1) - 1
