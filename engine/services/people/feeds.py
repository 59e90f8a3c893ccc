"""The secret address of a person's calendar. Only its hash is kept; a new one ends the old one."""

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import delete

from engine.db import UnitOfWork
from engine.domain.errors import NotFound
from engine.models import Base, CalendarFeed
from engine.services import audit
from engine.services.people.users import secret_hash

_FEEDS: Final = Base.metadata.tables[CalendarFeed.__tablename__]


def renew(uow: UnitOfWork, user_id: str, at: datetime) -> str:
    """Return a new secret for the account's calendar; it is shown once and stored nowhere."""
    secret = secrets.token_urlsafe(32)
    row = {"user_id": user_id, "secret_hash": secret_hash(secret), "created_at": at}
    uow.put(_FEEDS, ("user_id",), [row])
    audit.record(uow, user_id, "calendar.address_made", "user", user_id, None, at)
    return secret


def end(uow: UnitOfWork, user_id: str, at: datetime) -> None:
    if not uow.moved(delete(CalendarFeed).where(CalendarFeed.user_id == user_id)):
        raise NotFound("Your calendar has no secret address")
    audit.record(uow, user_id, "calendar.address_ended", "user", user_id, None, at)
