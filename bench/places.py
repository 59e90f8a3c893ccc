"""Where a measurement runs: a migrated database of its own, on SQLite or Postgres, and a doorbell."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import migrate
from tests.support import postgres

KINDS = ("sqlite", "postgres")


@contextmanager
def database_url(kind: str) -> Iterator[str]:
    """The URL of an empty, migrated database that is removed at the end.

    SQLite waits for the disk as it does in use (`synchronous=FULL`); Postgres is the tests' server,
    which doesn't.
    """
    if kind == "postgres":
        with postgres.running() as server:
            yield _migrated(server.create_database("bench"))
        return
    folder = Path(tempfile.mkdtemp(prefix="carillon-bench-"))
    try:
        yield _migrated(f"sqlite:///{folder / 'carillon.db'}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _migrated(url: str) -> str:
    migrate.upgrade(url)
    return url
