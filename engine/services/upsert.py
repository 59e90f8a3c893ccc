"""INSERT … ON CONFLICT, spelt alike for both databases."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from engine.db import UnitOfWork
from engine.models import Base

Insert = PostgresInsert | SqliteInsert


def insert(uow: UnitOfWork, model: type[Base]) -> Insert:
    """Return an INSERT that knows ON CONFLICT on the database at hand."""
    if uow.connection.dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def upsert(uow: UnitOfWork, model: type[Base], keys: tuple[str, ...], changing: tuple[str, ...]) -> Any:
    """Return an INSERT that overwrites the columns `changing` of the row with the same `keys`."""
    statement = insert(uow, model)
    return statement.on_conflict_do_update(
        index_elements=list(keys),
        set_={column: statement.excluded[column] for column in changing},
    )
