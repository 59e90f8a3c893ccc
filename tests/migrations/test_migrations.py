"""The migrations and the tables say the same, forwards and backwards."""

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text

from commands.migrate import alembic_config, upgrade
from engine.models import Base


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path) -> str:
    if request.config.getoption("--database") == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return request.getfixturevalue("postgres").create_database(tmp_path.name)


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_an_empty_database_gets_every_table(empty_url):
    upgrade(empty_url)

    assert tables(empty_url) == {*Base.metadata.tables, "alembic_version"}


def test_the_migrations_leave_nothing_for_autogenerate_to_find(empty_url):
    upgrade(empty_url)

    command.check(alembic_config(empty_url))


def test_every_migration_can_be_taken_back(empty_url):
    upgrade(empty_url)
    command.downgrade(alembic_config(empty_url), "base")

    assert tables(empty_url) <= {"alembic_version"}


def test_migrating_twice_changes_nothing(empty_url):
    upgrade(empty_url)
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO leader (name, owner, term, expires_at) "
                                "VALUES ('tick', 'a', 1, '2026-03-02 09:00:00')"))
    upgrade(empty_url)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT owner FROM leader")).scalar_one() == "a"
    engine.dispose()
