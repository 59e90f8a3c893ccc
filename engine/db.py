"""The database as the rest sees it: read, or change and record in one transaction and tell after."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.sql import Executable

from engine import many, models
from engine.connecting import make_engine
from engine.domain.events import Change, News, Ring

log = logging.getLogger(__name__)

T = TypeVar("T")
Listener = Callable[[News], None]
_TRIES = 4
_CHANGES = models.Base.metadata.tables[models.Change.__tablename__]
_PG_DISK_FULL = "53100"


class UnitOfWork:
    """One transaction. What is recorded becomes rows with it, and news once it has committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.news = News()

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        return self.connection.execute(statement, parameters)

    def moved(self, statement: Executable, parameters: Any = None) -> bool:
        """Run a conditional update or insert; False means that someone was faster."""
        # Without the option psycopg answers -1 for an INSERT, which would read as "moved".
        options = {"preserve_rowcount": True}
        result = self.connection.execute(statement, parameters, execution_options=options)
        return result.rowcount > 0

    def record(self, change: Change) -> None:
        self.news.changes.append(change)

    def ring(self, execution_id: str, flow: str, priority: int = 0) -> None:
        """Ask for a worker; nobody but the queue hears of it. `flow` is the workflow whose turn it takes."""
        self.news.rings.append(Ring(execution_id, flow, priority))

    def admit(self, workflow_id: str) -> None:
        """Say that a place under this workflow's limits may have become free."""
        self.news.admits.append(workflow_id)

    def mail(self, mail_id: str) -> None:
        """Say that a mail is due to be sent."""
        self.news.mails.append(mail_id)

    def write_changes(self) -> None:
        many.add(self.connection, _CHANGES, [dict(vars(change)) for change in self.news.changes])


class Database:
    """Holds one engine for reading and one for writing; they differ on SQLite only."""

    def __init__(self, url: str, synchronous: str = "FULL") -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer = make_engine(self.url, synchronous, begin="BEGIN IMMEDIATE")
        self.reader = make_engine(self.url, synchronous) if self.is_sqlite else self.writer
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the news of every transaction after its commit."""
        self._listeners.append(listener)

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        with self.untold() as uow:
            yield uow
        self.tell(uow.news)

    @contextmanager
    def untold(self) -> Iterator[UnitOfWork]:
        """A transaction whose news somebody else tells, once it has committed."""
        with self.writer.begin() as connection:
            uow = UnitOfWork(connection)
            yield uow
            uow.write_changes()

    def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` in a transaction, again when the database was busy or picked it as victim."""
        for _ in range(_TRIES - 1):
            try:
                with self.transaction() as uow:
                    return work(uow)
            except OperationalError as error:
                log.warning("transaction tried again: %s", error.orig)
        with self.transaction() as uow:
            return work(uow)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.reader.connect() as connection:
            yield connection

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()

    def tell(self, news: News) -> None:
        """Let the listeners hear what has happened."""
        for listener in self._listeners if news else ():
            try:
                listener(news)
            except Exception as error:  # what happened stands; the sweep rings again
                log.warning("not told to %s: %s", listener, error)


def is_unavailable(error: DBAPIError) -> bool:
    """Whether the database could not be reached, was locked or was full, as against a wrong statement."""
    return isinstance(error, OperationalError)


def is_full(error: DBAPIError) -> bool:
    """Whether there is no room left where the database is."""
    return "disk is full" in str(error.orig) or getattr(error.orig, "sqlstate", None) == _PG_DISK_FULL
