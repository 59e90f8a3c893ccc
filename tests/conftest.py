"""Fixtures every test may use: a fixed moment, a real database, a real Redis protocol server."""

import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.db import Database
from tests.support import fault_report
from tests.support import postgres as postgres_support
from tests.support import valkey as valkey_support
from tests.support.databases import PostgresSupply, SqliteSupply, Supply
from tests.support.stories import Clock, Engine

_DATABASES = {"database_supply", "postgres", "empty_database_url", "database_environ"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=("sqlite", "postgres"),
        default=os.environ.get("CARILLON_TEST_DATABASE", "sqlite"),
        help="which database the `database` fixture gives (default: sqlite)",
    )
    parser.addoption("--rounds", type=int, default=50, help="power cuts in a row (default: 50)")
    parser.addoption("--soak-minutes", type=float, default=30, help="how long the monkey stays (default: 30)")
    parser.addoption("--soak-runs", type=int, default=5_000, help="runs meanwhile (default: 5,000)")
    parser.addoption("--fault-report", help="add a line for every fault tried to this file")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On Postgres run only what asks for a database; the rest would only be run a second time."""
    wanted = list(items)
    if config.getoption("--database") == "postgres":
        wanted = [item for item in wanted if _DATABASES & set(getattr(item, "fixturenames", ()))]
    if config.getoption("--fault-report"):
        wanted = [item for item in wanted if fault_report.faults_of(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
    items[:] = wanted


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if file := item.config.getoption("--fault-report"):
        fault_report.note(item, report, Path(file))
    return report


@pytest.fixture
def at() -> datetime:
    """A Monday morning on which no zone changes its clocks."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock(at: datetime) -> Clock:
    """A clock that only moves when a test moves it."""
    return Clock(at)


@pytest.fixture
def engine(database: Database, clock: Clock) -> Engine:
    return Engine(database, clock)


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_support.Postgres]:
    """A real Postgres server, empty, for this session."""
    with postgres_support.running() as server:
        yield server


@pytest.fixture
def valkey() -> Iterator[valkey_support.Valkey]:
    """A real server of the Redis protocol, empty, for this test."""
    with valkey_support.running() as server:
        yield server


@pytest.fixture(scope="session")
def database_supply(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Supply:
    if request.config.getoption("--database") == "sqlite":
        return SqliteSupply(tmp_path_factory.mktemp("template"))
    supply = PostgresSupply(request.getfixturevalue("postgres"))
    request.addfinalizer(supply.close)
    return supply


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without even a table."""
    if request.config.getoption("--database") == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return request.getfixturevalue("postgres").create_database(tmp_path.name)


@pytest.fixture
def database_url(database_supply: Supply, tmp_path: Path) -> str:
    """The URL of an empty, migrated database."""
    return database_supply.fresh(tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database; SQLite, or Postgres with `--database postgres`."""
    # A test does not survive a power cut, so it need not wait for the disk.
    opened = Database(database_url, synchronous="OFF")
    yield opened
    opened.close()
