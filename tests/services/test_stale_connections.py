"""A database that was away for a while is noticed before anybody's work is lost on an old connection."""

import pytest
from sqlalchemy import text

from engine import connecting
from engine.db import Database


def test_connections_that_have_rested_are_asked_first(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("a file is always there")
    monkeypatch.setattr(connecting, "_RESTED_SECONDS", 0)
    watcher = connecting.make_engine(database.url)
    with database.transaction() as one, database.transaction() as other:
        old = [uow.execute(text("SELECT pg_backend_pid()")).scalar_one() for uow in (one, other)]
    with watcher.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM unnest(CAST(:old AS int[])) pid"),
                           {"old": old})
    with database.transaction() as uow:
        assert uow.execute(text("SELECT pg_backend_pid()")).scalar_one() not in old
    watcher.dispose()
