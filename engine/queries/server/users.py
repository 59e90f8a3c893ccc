"""Accounts, their sessions and tokens."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, or_, select

from engine.domain.errors import NotFound
from engine.domain.people.profiles import tidy_email
from engine.domain.people.roles import Person, reach_of
from engine.models import ApiToken, Session, Setting, User

SETUP_DONE: Final = "setup_done"
LONGEST_SESSION: Final = timedelta(days=30)
LONGEST_IDLE: Final = timedelta(days=14)


@dataclass(frozen=True)
class SignedIn:
    """A person, and the session or token they came with; `seen_at` is when that was last noted."""

    person: Person
    session_id: str | None = None
    token_id: str | None = None
    seen_at: datetime | None = None


def is_set_up(connection: Connection) -> bool:
    """Whether the first administrator was made; that is never taken back."""
    return connection.execute(select(Setting.name).where(Setting.name == SETUP_DONE)).first() is not None


def by_email(connection: Connection, email: str) -> Row[Any] | None:
    return connection.execute(select(User.__table__).where(User.email == tidy_email(email))).first()


def by_session(connection: Connection, session_id: str, at: datetime) -> SignedIn | None:
    """Return who holds the session, unless it has ended, or lay idle too long."""
    row = connection.execute(_people(Session.seen_at).join(Session).where(
        Session.id == session_id, *_still_open(at)
    )).first()
    if row is None:
        return None
    return SignedIn(_person(row, row.role), session_id=session_id, seen_at=row.seen_at)


def by_sessions(connection: Connection, session_ids: Collection[str], at: datetime) -> dict[str, Person]:
    """Return who holds each of the sessions; those that ended are left out."""
    rows = connection.execute(_people(Session.id.label("session_id")).join(Session).where(
        Session.id.in_(session_ids), *_still_open(at)
    ))
    return {row.session_id: _person(row, row.role) for row in rows}


def by_token(connection: Connection, secret_hash: str, at: datetime) -> SignedIn | None:
    """Return who a token acts for, unless it has expired or was revoked."""
    columns = (ApiToken.id.label("token_id"), ApiToken.scopes, ApiToken.last_used_at)
    row = connection.execute(_people(*columns).join(ApiToken).where(
        ApiToken.secret_hash == secret_hash, ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > at),
    )).first()
    if row is None:
        return None
    person = _person(row, reach_of(row.role, row.scopes))
    return SignedIn(person, token_id=row.token_id, seen_at=row.last_used_at)


def email_of(connection: Connection, user_id: str) -> str:
    return str(connection.execute(select(User.email).where(User.id == user_id)).scalar_one())


def by_id(connection: Connection, user_id: str) -> Row[Any]:
    """Return the account; raises `NotFound`."""
    row = connection.execute(select(User.__table__).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such account")
    return row


def everyone(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(select(User.__table__).order_by(User.name, User.id)).all()


def sessions_of(connection: Connection, user_id: str, at: datetime) -> Sequence[Row[Any]]:
    """Return the account's open sessions, last used first."""
    return connection.execute(
        select(Session.__table__).where(Session.user_id == user_id, *_still_open(at))
        .order_by(Session.seen_at.desc())
    ).all()


def tokens_of(connection: Connection, user_id: str) -> Sequence[Row[Any]]:
    """Return the account's tokens, newest first, those that were revoked left out."""
    mine = (ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return connection.execute(select(ApiToken.__table__).where(*mine).order_by(ApiToken.id.desc())).all()


def _still_open(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return Session.expires_at > at, Session.seen_at > at - LONGEST_IDLE


def _people(*more: Any) -> Select[Any]:
    columns = (User.id, User.email, User.name, User.role, User.timezone, User.theme)
    return select(*columns, *more).select_from(User).where(User.disabled_at.is_(None))


def _person(row: Row[Any], reach: str) -> Person:
    return Person(row.id, row.email, row.name, row.role, reach, row.timezone, row.theme)
