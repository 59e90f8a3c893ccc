"""The migrations and the tables say the same, forwards and backwards."""

from alembic import command
from sqlalchemy import create_engine, inspect, text

from commands.migrate import alembic_config, upgrade
from engine.models import Base
from tests.support.stories import NOTE, Clock, Engine, add_live_workflow


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_an_empty_database_gets_every_table(empty_database_url):
    upgrade(empty_database_url)

    assert tables(empty_database_url) == {*Base.metadata.tables, "alembic_version"}


def test_the_migrations_leave_nothing_for_autogenerate_to_find(empty_database_url):
    upgrade(empty_database_url)

    command.check(alembic_config(empty_database_url))


def test_every_migration_can_be_taken_back(empty_database_url):
    upgrade(empty_database_url)
    command.downgrade(alembic_config(empty_database_url), "base")

    assert tables(empty_database_url) <= {"alembic_version"}


def test_migrating_twice_changes_nothing(empty_database_url):
    upgrade(empty_database_url)
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO leader (name, owner, term, expires_at) "
                                "VALUES ('tick', 'a', 1, '2026-03-02 09:00:00')"))
    upgrade(empty_database_url)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT owner FROM leader")).scalar_one() == "a"
    engine.dispose()


def test_a_table_that_is_built_anew_keeps_its_runs_and_what_belongs_to_them(
    engine: Engine, clock: Clock, database_url: str
) -> None:
    run = engine.run(add_live_workflow(engine.database, clock.at, [NOTE])).id
    lines = len(engine.log_lines(run))
    engine.database.close()

    command.downgrade(alembic_config(database_url), "0005")
    upgrade(database_url)

    assert engine.execution(run).status == "completed"
    assert engine.step_rows(run)["note"].status == "completed"
    assert len(engine.log_lines(run)) == lines > 0
