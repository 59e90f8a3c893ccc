"""One connection that is kept, for whoever commits again and again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, text

from engine.db import Database, UnitOfWork
from engine.pipelines import transaction
from engine.prepared import Prepared

_NEED_NOT_WAIT: Final = Prepared(text("SET LOCAL synchronous_commit TO off"))


class HeldConnection:
    """Makes one transaction after another on the same connection, and a new one when that fails.

    Not for two threads at the same time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._waits = True

    @contextmanager
    def untold(self, *, durable: bool = True, is_single: bool = False) -> Iterator[UnitOfWork]:
        """A transaction whose news somebody else tells, once it has committed.

        One that is not `durable` outlives every process, but a power cut may undo it, unless a durable one
        came after it.
        """
        connection = self._connection or self._database.writer.connect()
        self._connection = None  # whatever fails, the next transaction begins with another
        try:
            self._wait_for_disk(connection, durable)
            with transaction(connection):
                uow = UnitOfWork(connection, is_single=is_single)
                if not durable and not self._database.is_sqlite:
                    uow.run(_NEED_NOT_WAIT, [{}])
                yield uow
                uow.finish()
        except BaseException:
            self._waits = True
            connection.invalidate()
            connection.close()
            raise
        self._connection = connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _wait_for_disk(self, connection: Connection, durable: bool) -> None:
        """SQLite knows it between transactions only, and as the habit of a connection."""
        if self._database.is_sqlite and durable != self._waits:
            habit = self._database.synchronous if durable else "NORMAL"
            connection.connection.cursor().execute(f"PRAGMA synchronous={habit}").close()
            self._waits = durable
