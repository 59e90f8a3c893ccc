"""`backup FILE` writes the whole database, schema included, to one file while Carillon runs.

Sessions are left out. So is `secret.key`: keep that file somewhere else than the backups.
"""

import argparse
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url

from commands import postgres_tools
from engine.config import Settings
from engine.domain.errors import Conflict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file that does not exist yet")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    target: Path = arguments.file.resolve()
    if target.exists():
        raise Conflict(f"{target} exists already. Choose another name.")
    url = make_url(settings.database_url)
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        _write(url, unfinished)
        unfinished.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise Conflict(f"The backup could not be written: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"The backup is in {target}.")
    return 0


def _write(url: URL, target: Path) -> None:
    if url.get_backend_name() == "sqlite":
        copy_sqlite(Path(str(url.database)), target)
    else:
        postgres_tools.dump(url, target)
    with open(target, "rb") as file:
        os.fsync(file.fileno())


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that may be in use, all of it as of one moment, without its sessions."""
    with closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True)) as original, \
            closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("PRAGMA secure_delete=ON")
        copy.execute("DELETE FROM sessions")
        copy.commit()
