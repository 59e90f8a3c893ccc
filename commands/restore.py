"""`restore FILE` puts a backup in the place of the database; Carillon must not be running.

What was there before is kept as `before-restore.db` (SQLite). Older backups are migrated.
"""

import argparse
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from commands import home, migrate, postgres_tools
from engine import clock
from engine.config import Settings
from engine.db import Database
from engine.domain.errors import Conflict, Invalid
from engine.queries.server.health import signs_of_life


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what `backup` has written")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    source: Path = arguments.file.resolve()
    if not source.is_file():
        raise Invalid(f"There is no file {source}.")
    with home.held(settings.home):
        if _has_workers(settings):
            raise Conflict("Workers are still at work. Stop them first; wait a minute if they crashed.")
        _put_back(source, settings)
        migrate.upgrade(settings.database_url)
    print(f"The database is the one from {source}.")
    return 0


def _has_workers(settings: Settings) -> bool:
    """Whether workers run elsewhere; those that `serve` started ended with it."""
    if settings.embedded_redis:
        return False
    database = Database(settings.database_url)
    try:
        with database.reading() as connection:
            return signs_of_life(connection, clock.now()).workers > 0
    except SQLAlchemyError:  # nothing there, or broken: the reason to restore
        return False
    finally:
        database.close()


def _put_back(source: Path, settings: Settings) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        _check_sqlite(source)
        _replace_sqlite(source, Path(str(url.database)))
    else:
        postgres_tools.load(url, source)
    # Its messages are about another past; the next sweep rings again for what is there now.
    shutil.rmtree(settings.home / "appendonlydir", ignore_errors=True)


def _check_sqlite(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
            [(verdict,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
            connection.execute("SELECT version_num FROM alembic_version")
    except sqlite3.Error as error:
        raise Invalid(f"{source} is not a backup of Carillon: {error}.") from error
    if verdict != "ok":
        raise Invalid(f"{source} is damaged: {verdict}.")


def _replace_sqlite(source: Path, target: Path) -> None:
    """Swap the file in one step, so that a crash leaves one of the two, whole."""
    fresh = target.with_name("restoring.db")
    shutil.copyfile(source, fresh)
    with open(fresh, "rb") as file:
        os.fsync(file.fileno())
    if target.exists():
        _fold_log(target)
        kept = target.with_name("before-restore.db")
        kept.unlink(missing_ok=True)
        kept.hardlink_to(target)
    fresh.rename(target)


def _fold_log(database: Path) -> None:
    """Leave no log beside `database`: it would be taken for the restored one's."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:  # broken: the reason to restore
        print(f"The database that is replaced can't be read: {error}.", file=sys.stderr)
    for ending in ("-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)
