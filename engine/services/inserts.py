"""INSERT … ON CONFLICT, spelt alike for both databases."""

from functools import cache

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from engine.db import UnitOfWork
from engine.models import Base

Insert = PostgresInsert | SqliteInsert


def insert(uow: UnitOfWork, model: type[Base]) -> Insert:
    """Return an INSERT that knows ON CONFLICT on the database at hand."""
    return _insert(uow.connection.dialect.name, model)


# Kept: putting a statement together takes longer than running it.
@cache
def _insert(dialect: str, model: type[Base]) -> Insert:
    return sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)
