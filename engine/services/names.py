"""What people are called where a record says who did something."""

from sqlalchemy import select

from engine.db import UnitOfWork
from engine.models import User


def name_of(uow: UnitOfWork, user_id: str | None) -> str | None:
    """Return the name of an account; None for the system and for accounts that are gone."""
    return uow.execute(select(User.name).where(User.id == user_id)).scalar_one_or_none()
