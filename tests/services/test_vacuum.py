"""What was freed inside the database file is given back to the disk."""

import pytest
from sqlalchemy import delete, insert, text

from engine.domain.errors import Conflict
from engine.models import ExecutionLog
from engine.queries.server import disk
from engine.services.server import vacuum
from tests.support.history import carried_out, planned, tidy


def look(engine):
    with engine.database.reading() as connection:
        return disk.disk(connection), disk.giving_back(connection)


@pytest.fixture
def freed(engine, workflow_id):
    """A database of which some megabytes have just become free; Postgres looks after that itself."""
    run = engine.run(workflow_id).id
    lines = [{"execution_id": run, "level": "info", "message": "x" * 2_000, "at": engine.clock.at}] * 1_200
    engine.do(lambda uow: uow.execute(insert(ExecutionLog), lines))
    engine.do(lambda uow: uow.execute(delete(ExecutionLog)))


@pytest.fixture
def sqlite_only(database):
    if not database.is_sqlite:
        pytest.skip("Postgres gives room back by itself")


@pytest.mark.usefixtures("sqlite_only", "freed")
def test_all_free_room_is_given_back_when_somebody_asks(engine, at):
    before, _ = look(engine)
    assert before.free > 2_000_000
    engine.do(lambda uow: vacuum.ask(uow, by="ann", at=at))

    tidy(engine)

    after, told = look(engine)
    assert after.free < 100_000
    assert after.size < before.size - 2_000_000
    assert (told.before, told.after) == (before.size, after.size)


@pytest.mark.usefixtures("sqlite_only", "freed")
def test_it_is_given_back_in_small_pieces(engine, at):
    engine.do(lambda uow: vacuum.ask(uow, by="ann", at=at))
    free = look(engine)[0].free

    plan = carried_out(engine, planned(engine))

    assert plan.pages
    assert 400 * 4_096 < free - look(engine)[0].free <= 500 * 4_096


@pytest.mark.usefixtures("sqlite_only", "freed")
def test_a_little_free_room_is_kept_for_use_again(engine):
    assert planned(engine).pages == 0


def test_a_database_that_does_it_by_itself_is_left_alone(engine, at, database):
    if database.is_sqlite:
        engine.database.writer.dispose()
        with engine.database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            raw = connection.connection.driver_connection
            raw.rollback()
            raw.execute("PRAGMA auto_vacuum=NONE")
            raw.execute("VACUUM")

    with pytest.raises(Conflict):
        engine.do(lambda uow: vacuum.ask(uow, by="ann", at=at))
    with engine.database.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
