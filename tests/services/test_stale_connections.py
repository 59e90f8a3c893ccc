"""A database that was away for a while is noticed before anybody's work is lost on an old connection."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.exc import OperationalError

from engine import connecting
from engine.db import Database, UnitOfWork
from engine.models import Setting
from engine.prepared import Prepared

NAMED = Prepared(select(Setting.name).where(Setting.name == bindparam("name")))


@pytest.fixture
def rival(database: Database) -> Iterator[Engine]:
    if database.is_sqlite:
        pytest.skip("a file is always there")
    rival = connecting.make_engine(database.url)
    yield rival
    rival.dispose()


def test_connections_that_have_rested_are_asked_first(
    database: Database, rival: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "_RESTED_SECONDS", 0)
    with database.transaction() as one, database.transaction() as other:
        old = [_process(uow) for uow in (one, other)]
    _end(rival, *old)
    with database.transaction() as uow:
        assert _process(uow) not in old


def test_one_that_went_just_now_is_an_error_of_the_database_and_the_next_one_is_made_anew(
    database: Database, rival: Engine
) -> None:
    for ask in (lambda uow: uow.execute(text("SELECT 1")), lambda uow: uow.find(NAMED, name="x")):
        with database.transaction() as uow:
            old = _process(uow)
        _end(rival, old)
        with pytest.raises(OperationalError), database.transaction() as uow:
            ask(uow)
        with database.transaction() as uow:
            assert _process(uow) != old


def _process(uow: UnitOfWork) -> int:
    return int(uow.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _end(rival: Engine, *processes: int) -> None:
    with rival.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM unnest(CAST(:old AS int[])) pid"),
                           {"old": list(processes)})
