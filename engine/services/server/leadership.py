"""Who leads: one lease row with a term. A leader that froze finds its term gone and steps down."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update

from engine.db import UnitOfWork
from engine.domain.errors import LeaseLost
from engine.models import Leader
from engine.services.inserts import insert

_NAME = "scheduler"
# No lease is given for that long: the clock was set back since.
_ABSURD: Final = timedelta(minutes=1)


def acquire(uow: UnitOfWork, owner: str, lasting: timedelta, at: datetime) -> int | None:
    """Take the lease when it is free or has run out; return the new term, or None."""
    first = insert(uow, Leader).values(name=_NAME, owner=owner, term=1, expires_at=at + lasting)
    if uow.moved(first.on_conflict_do_nothing(index_elements=["name"])):
        return 1
    term = uow.execute(
        update(Leader)
        .where(Leader.name == _NAME, _has_ended(at))
        .values(owner=owner, term=Leader.term + 1, expires_at=at + lasting)
        .returning(Leader.term)
    ).scalar_one_or_none()
    return None if term is None else int(term)


def last_tick(uow: UnitOfWork) -> datetime | None:
    """Return when a leader was last at work; None before the first ever was."""
    at: datetime | None = uow.execute(
        select(Leader.ticked_at).where(Leader.name == _NAME)
    ).scalar_one_or_none()
    return at


def confirm(uow: UnitOfWork, owner: str, term: int, lasting: timedelta, at: datetime) -> None:
    """Extend the lease in the same transaction as a leader's write; raises `LeaseLost`."""
    mine = uow.moved(
        update(Leader)
        .where(Leader.name == _NAME, Leader.owner == owner, Leader.term == term)
        .values(expires_at=at + lasting, ticked_at=at)
    )
    if not mine:
        raise LeaseLost("Another process leads now.")


def release(uow: UnitOfWork, owner: str, term: int, at: datetime) -> None:
    """Give the lease up, so that another process need not wait for it to run out."""
    uow.execute(
        update(Leader)
        .where(Leader.name == _NAME, Leader.owner == owner, Leader.term == term)
        .values(expires_at=at - timedelta(seconds=1))
    )


def is_free(uow: UnitOfWork, at: datetime) -> bool:
    """Whether it is worth trying to acquire."""
    has_ended = uow.execute(select(_has_ended(at)).where(Leader.name == _NAME)).scalar_one_or_none()
    return has_ended is None or bool(has_ended)


def _has_ended(at: datetime) -> ColumnElement[bool]:
    return or_(Leader.expires_at < at, Leader.expires_at > at + _ABSURD)
