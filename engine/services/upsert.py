"""INSERT … ON CONFLICT, spelt alike for both databases."""

from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from engine.db import UnitOfWork
from engine.models import Base

Insert = PostgresInsert | SqliteInsert


def insert(uow: UnitOfWork, model: type[Base]) -> Insert:
    """Return an INSERT that knows ON CONFLICT on the database at hand."""
    return _insert(uow.connection.dialect.name, model)


def upsert(uow: UnitOfWork, model: type[Base], keys: tuple[str, ...], changing: tuple[str, ...]) -> Any:
    """Return an INSERT that overwrites the columns `changing` of the row with the same `keys`."""
    return _upsert(uow.connection.dialect.name, model, keys, changing)


# Kept: putting a statement together takes longer than running it.
@cache
def _insert(dialect: str, model: type[Base]) -> Insert:
    return sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)


@cache
def _upsert(dialect: str, model: type[Base], keys: tuple[str, ...], changing: tuple[str, ...]) -> Any:
    statement = _insert(dialect, model)
    return statement.on_conflict_do_update(
        index_elements=list(keys),
        set_={column: statement.excluded[column] for column in changing},
    )
