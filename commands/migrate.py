"""`migrate` brings the database to the schema this version of Carillon needs."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from engine.config import Settings
from engine.connecting import make_engine
from engine.domain.errors import Conflict
from engine.queries.server.disk import INCREMENTAL

MIGRATIONS: Final = Path(__file__).resolve().parent.parent / "migrations"
_LOCK: Final = 7_236_471  # any number, as long as every host uses the same


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    upgrade(settings.database_url)
    print("The database is up to date.")
    return 0


def upgrade(database_url: str) -> None:
    """Apply the migrations `database_url` has not seen; does nothing when there are none."""
    try:
        with _one_at_a_time(database_url):
            command.upgrade(alembic_config(database_url), "head")
            _let_it_shrink(database_url)
    except OperationalError as error:
        raise Conflict(f"The database can't be reached: {error.orig}") from error
    except CommandError as error:
        raise Conflict(f"This database belongs to another version of Carillon: {error}") from error


def _let_it_shrink(database_url: str) -> None:
    """Rebuild a SQLite file from before room could be given back; once, and it takes seconds per gigabyte."""
    if make_url(database_url).get_backend_name() != "sqlite":
        return
    engine = make_engine(database_url, begin="SELECT 1")
    with engine.connect() as connection, suppress(OperationalError):  # no room for it: it works as it is
        if connection.execute(text("PRAGMA auto_vacuum")).scalar_one() != INCREMENTAL:
            connection.execute(text("PRAGMA auto_vacuum=INCREMENTAL"))
            connection.execute(text("VACUUM"))
    engine.dispose()


def alembic_config(database_url: str) -> Config:
    config = Config(MIGRATIONS / "alembic.ini")
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config


@contextmanager
def _one_at_a_time(database_url: str) -> Iterator[None]:
    """Let hosts that start together wait for each other; SQLite does so by itself."""
    if make_url(database_url).get_backend_name() == "sqlite":
        yield
        return
    engine = make_engine(database_url)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _LOCK})
        yield
    engine.dispose()
