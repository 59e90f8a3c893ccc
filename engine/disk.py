"""Waiting for the disk: what is committed outlives every process, what was waited for a power cut too."""

import os
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from engine.pipelines import COMMIT, Call, exchange, transaction

# Postgres waits for the disk only for who has written something.
_SOMETHING: Final = Call(b"SELECT pg_logical_emit_message(true, 'carillon', '')")


class Disk:
    """Where a database keeps what is committed, in that order: to wait for one is to wait for all before it.

    SQLite's connections are `synchronous` without waiting: they would keep the one place to write meanwhile.
    """

    def __init__(self, url: URL, synchronous: str) -> None:
        is_waited_for = url.get_backend_name() == "sqlite" and synchronous == "FULL"
        self.synchronous = "NORMAL" if is_waited_for else synchronous
        self._log = Path(f"{url.database}-wal") if is_waited_for else None
        self._is_listed = False

    def wait(self, connection: Connection, *, hurried: bool = False) -> None:
        """Return once no power cut can undo what was committed on `connection`.

        On Postgres a commit has waited unless it was `hurried`.
        """
        if connection.dialect.name == "sqlite":
            self._write_out()
        elif hurried:
            with transaction(connection):
                exchange(connection, [_SOMETHING, COMMIT])

    def _write_out(self) -> None:
        if self._log is None:
            return
        try:
            _synced(self._log)
            if not self._is_listed:
                _synced(self._log.parent)
                self._is_listed = True
        except FileNotFoundError:
            pass  # whoever was the last to close it has brought all of it into the database, and waited
        except OSError as error:
            raise OperationalError("fdatasync", None, error) from error


def _synced(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fdatasync(file)
    finally:
        os.close(file)
