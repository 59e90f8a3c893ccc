"""One connection that is kept, for whoever commits again and again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from engine.db import Database, UnitOfWork
from engine.pipelines import transaction


class HeldConnection:
    """Makes one transaction after another on the same connection, and a new one when that fails.

    Not for two threads at the same time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    @contextmanager
    def untold(self, *, durable: bool = True, is_single: bool = False) -> Iterator[UnitOfWork]:
        """A transaction whose news somebody else tells, once it has committed.

        One that is not `durable` outlives every process, but a power cut may undo it, unless a durable one
        came after it.
        """
        connection = self._connection or self._database.writer.connect()
        self._connection = None  # whatever fails, the next transaction begins with another
        try:
            with transaction(connection):
                uow = UnitOfWork(connection, is_single=is_single)
                if not durable:
                    uow.hurry()
                yield uow
                uow.finish()
            if durable:
                self._database.disk.wait(connection)
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        self._connection = connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
