"""Engines for both databases, and values brought into a form that both can hold."""

import errno
import json
import os
import sqlite3
import threading
from pathlib import Path
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError

from engine.pipelines import UNBEGUN, is_idle

_READING: Final = "BEGIN"
_BUSY_SECONDS: Final = 10
_ASK_SECONDS: Final = 0.001
_RESTED_SECONDS: Final = 1
_PRIMARY: Final = 0xFF
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_PG_DISK_FULL: Final = "53100"
_NEVER: Final = threading.Event()
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


def make_engine(url: URL | str, synchronous: str = "FULL", begin: str = _READING) -> Engine:
    """Make an engine whose transactions start with `begin` on SQLite.

    pysqlite would start one only at the first write, and a read-then-write would lose updates.
    """
    url = make_url(url)
    if url.get_backend_name() != "sqlite":
        engine = create_engine(
            url, pool_size=20, max_overflow=20, json_serializer=to_json,
            # What the driver had prepared it would throw away on a rollback, with what `pipelines` has.
            connect_args={"connect_timeout": 5, "autocommit": True, "prepare_threshold": None,
                          "options": f"-c timezone=UTC -c lock_timeout={_BUSY_SECONDS}s"},
        )
        _ask_after_a_rest(engine)
        _begin_with_the_first(engine)
        return engine
    engine = create_engine(
        url, pool_size=20, max_overflow=40, json_serializer=to_json,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    prepare_sqlite(engine, synchronous, begin)
    return engine


def _ask_after_a_rest(engine: Engine) -> None:
    """Ask a connection whether it still stands, unless it was in use just now: that takes a round trip."""

    @event.listens_for(engine, "checkin")
    def _used(_connection: Any, record: Any) -> None:
        record.info["used"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _fairy: Any) -> None:
        if monotonic() - record.info.get("used", monotonic()) < _RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the others are as old: all are made anew


def _begin_with_the_first(engine: Engine) -> None:
    """Send BEGIN with the first statement where that is possible; the driver would wait for its answer."""

    @event.listens_for(engine, "begin")
    def _later(connection: Connection) -> None:
        connection.info[UNBEGUN] = is_idle(connection)  # `transaction` may have begun it

    @event.listens_for(engine, "before_cursor_execute")
    def _now(connection: Connection, *_: Any) -> None:
        if connection.info.pop(UNBEGUN, False):
            connection.exec_driver_sql("BEGIN")

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def _not_at_all(connection: Connection) -> None:
        if not connection.invalidated:  # what is known of a connection goes with it
            connection.info.pop(UNBEGUN, None)


def prepare_sqlite(engine: Engine, synchronous: str, begin: str) -> None:
    """Make every connection of `engine` durable, strict about foreign keys and explicit about BEGIN."""

    busy = _BUSY_SECONDS * 1000 if begin == _READING else 0

    @event.listens_for(engine, "do_connect")
    def _insist(*_: Any) -> None:
        # Opened while write-protected, a database stays so until this process has closed it everywhere.
        file = Path(str(engine.url.database))
        parts = (file.with_name(file.name + ending) for ending in ("", "-wal", "-shm"))
        if not all(os.access(path, os.W_OK) for path in (file.parent, *filter(Path.exists, parts))):
            raise sqlite3.OperationalError("the database is write-protected")

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # later it would need a VACUUM
        for pragma in (
            "journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", f"busy_timeout={busy}",
            "temp_store=MEMORY", "cache_size=-32000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if begin == _READING:
            connection.exec_driver_sql(begin)
        else:
            _begin_soon(connection, begin)


def _begin_soon(connection: Connection, begin: str) -> None:
    """Ask for the one place to write every millisecond; SQLite would soon ask ten times a second only."""
    ends = monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.connection.cursor().execute(begin).close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or monotonic() > ends:
                raise OperationalError(begin, None, error) from error
            _NEVER.wait(_ASK_SECONDS)
        else:
            return


def to_json(value: Any) -> str:
    """Serialise for a JSON column; Postgres refuses NUL and lone surrogates, so they are replaced."""
    if value is None:
        return "null"
    text = _encode(value)
    return text if is_storable(text) else _encode(_storable(value))


def is_storable(text: str) -> bool:
    """Whether a JSON text holds nothing that Postgres refuses."""
    return "\\u0000" not in text and "\\ud" not in text


def storable_text(text: str) -> str:
    """Return `text` without what a text column can't hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable_text(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(item) for item in value]
    return value


def is_unavailable(error: DBAPIError) -> bool:
    """Whether the database could not be reached, was locked or was full, as against a wrong statement."""
    return isinstance(error, OperationalError)


def is_full(error: DBAPIError) -> bool:
    """Whether there is no room left where the database is."""
    cause: Any = error.orig
    return (
        "disk is full" in str(cause) or getattr(cause, "sqlstate", None) == _PG_DISK_FULL
        or getattr(cause, "errno", None) in _NO_ROOM
    )
