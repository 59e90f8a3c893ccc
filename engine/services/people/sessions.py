"""Signing in and staying signed in. A browser holds a random secret; here is only its hash."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, update

from engine.db import UnitOfWork
from engine.domain.errors import Invalid
from engine.models import ApiToken, Session
from engine.queries.server import users as user_queries
from engine.queries.server.users import LONGEST_SESSION
from engine.services import audit
from engine.services.people.passwords import matches
from engine.services.people.users import secret_hash

_TOUCH_SESSION: Final = timedelta(hours=1)
_TOUCH_TOKEN: Final = timedelta(minutes=1)


def authenticate(connection: Connection, email: str, password: str) -> str:
    """Return the id of the account that `email` and `password` belong to.

    Text and time are the same for an unknown, a disabled and a mistyped account.
    """
    user = user_queries.by_email(connection, email)
    usable = user is not None and user.disabled_at is None
    if not matches(password, user.password_hash if user and usable else None) or user is None:
        raise Invalid("The e-mail address or the password is not right", field="email")
    return str(user.id)


def start(uow: UnitOfWork, user_id: str, agent: str, at: datetime) -> str:
    """Open a session and return its secret, for the cookie only."""
    secret = secrets.token_urlsafe(32)
    uow.execute(insert(Session).values(
        id=secret_hash(secret), user_id=user_id, created_at=at, seen_at=at,
        expires_at=at + LONGEST_SESSION, agent=agent[:200],
    ))
    uow.execute(delete(Session).where(Session.user_id == user_id, Session.expires_at <= at))
    audit.record(uow, user_id, "user.signed_in", "user", user_id, None, at)
    return secret


def end(uow: UnitOfWork, session_id: str) -> None:
    uow.execute(delete(Session).where(Session.id == session_id))


def end_all(uow: UnitOfWork, user_id: str, except_for: str | None = None) -> None:
    """End every session of the account but the one with the id `except_for`."""
    uow.execute(delete(Session).where(Session.user_id == user_id, Session.id != (except_for or "")))


def touch_session(uow: UnitOfWork, session_id: str, at: datetime) -> None:
    uow.execute(update(Session).where(Session.id == session_id).values(seen_at=at))


def touch_token(uow: UnitOfWork, token_id: str, at: datetime) -> None:
    uow.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=at))


def is_session_stale(seen_at: datetime, at: datetime) -> bool:
    """Whether it is time to note that the session is in use; not on every page."""
    return at - seen_at >= _TOUCH_SESSION


def is_token_stale(last_used_at: datetime | None, at: datetime) -> bool:
    return last_used_at is None or at - last_used_at >= _TOUCH_TOKEN
