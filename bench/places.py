"""Where a measurement runs: databases of its own, on SQLite or Postgres, and a doorbell."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import children, migrate, redis_server
from engine import config
from tests.support import postgres

KINDS = ("sqlite", "postgres")
Create = Callable[[str], str]


@contextmanager
def databases(kind: str, *, durable: bool = False) -> Iterator[Create]:
    """Give what makes an empty database by its name and returns the URL; all are removed at the end.

    Postgres is the tests' server, and waits for the disk only when it is to be `durable`; SQLite does as
    its connections say, which wait unless told otherwise.
    """
    if kind == "postgres":
        with postgres.running(durable=durable) as server:
            yield server.create_database
        return
    with folder() as home:
        yield lambda name: f"sqlite:///{home / name}.db"


@contextmanager
def database_url(kind: str) -> Iterator[str]:
    """The URL of an empty, migrated database that is removed at the end."""
    with databases(kind) as create:
        url = create("bench")
        migrate.upgrade(url)
        yield url


@contextmanager
def redis_url() -> Iterator[str]:
    """The server Carillon brings along, set up as in use: it writes a log."""
    with folder() as home:
        settings = config.load({"CARILLON_HOME": str(home)})
        server = children.start(redis_server.command(settings), {})
        try:
            if not redis_server.wait(settings.redis_socket, lambda: server.poll() is not None):
                raise RuntimeError("the Redis protocol server does not answer")
            yield settings.redis_url
        finally:
            server.kill()
            server.wait()


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="carillon-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
