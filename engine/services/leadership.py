"""Who leads: one lease row with a term. A leader that froze finds its term gone and steps down."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from engine.db import UnitOfWork
from engine.domain.errors import LeaseLost
from engine.models import Leader
from engine.services.upsert import insert

_NAME = "scheduler"


def acquire(uow: UnitOfWork, owner: str, lasting: timedelta, at: datetime) -> int | None:
    """Take the lease when it is free or has run out; return the new term, or None."""
    first = insert(uow, Leader).values(name=_NAME, owner=owner, term=1, expires_at=at + lasting)
    if uow.moved(first.on_conflict_do_nothing(index_elements=["name"])):
        return 1
    term = uow.execute(
        update(Leader)
        .where(Leader.name == _NAME, Leader.expires_at < at)
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
    expires_at = uow.execute(select(Leader.expires_at).where(Leader.name == _NAME)).scalar_one_or_none()
    return expires_at is None or expires_at < at
