"""The database as the rest sees it: read, or change and record in one transaction and tell after."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql import Executable

from engine import many, models
from engine.connecting import make_engine
from engine.disk import Disk
from engine.domain.events import Change, News, Ring
from engine.faults import point
from engine.many import Found
from engine.pipelines import transaction
from engine.prepared import Prepared, Sending, send

log = logging.getLogger(__name__)

T = TypeVar("T")
Listener = Callable[[News], None]
_TRIES = 4
_CHANGES = models.Base.metadata.tables[models.Change.__tablename__]
_NEED_NOT_WAIT = Prepared(text("SET LOCAL synchronous_commit TO off"))


class UnitOfWork:
    """One transaction. What is recorded becomes rows with it, and news once it has committed.

    What `add`, `put` and `change` are given may be sent later, but before anything else is asked. One
    `is_single` when there is but one work to be done in it.
    """

    def __init__(self, connection: Connection, *, is_single: bool = False) -> None:
        self._connection, self._is_single = connection, is_single
        self._unsent = list[Sending]()
        self.news = News()

    @property
    def connection(self) -> Connection:
        """The connection, with everything sent that was given so far."""
        self._send()
        return self._connection

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        return self.connection.execute(statement, parameters)

    def moved(self, statement: Executable, parameters: Any = None) -> bool:
        """Run a conditional update or insert; False means that someone was faster."""
        # Without the option psycopg answers -1 for an INSERT, which would read as "moved".
        options = {"preserve_rowcount": True}
        result = self.connection.execute(statement, parameters, execution_options=options)
        return result.rowcount > 0

    def find(self, statement: Prepared, *, last: bool = False, **values: Any) -> list[Any]:
        """Return the rows of a statement every run comes by. With the `last` of a work goes the commit."""
        before, self._unsent = self._unsent, []
        return statement.all(self._connection, values, before, commit=last and self._is_single)

    def add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that all name the same columns."""
        if rows:
            self.run(*many.add(self.dialect, table, rows))

    def put(
        self, table: Table, keys: tuple[str, ...], rows: Sequence[Mapping[str, Any]],
        keeping: tuple[str, ...] = (),
    ) -> None:
        """Insert rows, or overwrite those with the same `keys`, but for the columns `keeping`."""
        if rows:
            self.run(*many.put(self.dialect, table, keys, rows, keeping))

    def change(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Give rows, found by their `id`, the other columns; all name the same columns."""
        if rows:
            self.run(*many.change(self.dialect, table, rows))

    def insist(self, table: Table, rows: Sequence[Mapping[str, Any]], found: Found) -> None:
        """Give rows that must still be `found` the other columns.

        Raises `Overtaken`, on Postgres with what is asked or committed next, and then nothing is committed.
        """
        if rows:
            self.run(*many.insist(self.dialect, table, rows, found))

    def run(self, statement: Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of `rows`."""
        if self.dialect == "sqlite":
            statement.run(self._connection, rows)
        else:
            self._unsent.append(Sending(statement, rows))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is done inside is undone when it fails, and nothing else."""
        with self.connection.begin_nested():
            yield
            self._send()

    @property
    def dialect(self) -> str:
        """Which database it is: sqlite or postgresql."""
        return self._connection.dialect.name

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

    def hurry(self) -> None:
        """Let the commit not wait for the disk: until one after it has waited, a power cut may undo it."""
        if self.dialect != "sqlite":
            self.run(_NEED_NOT_WAIT, [{}])

    def finish(self) -> None:
        """Write down what has changed; what is left to be sent goes with the commit."""
        self.add(_CHANGES, [dict(vars(change)) for change in self.news.changes])
        self._send(commit=True)

    def _send(self, *, commit: bool = False) -> None:
        if self._unsent:
            unsent, self._unsent = self._unsent, []
            send(self._connection, unsent, commit=commit)


class Database:
    """Holds one engine for reading and one for writing; they differ on SQLite only."""

    def __init__(self, url: str, synchronous: str = "FULL") -> None:
        self.url = make_url(url)
        self.disk = Disk(self.url, synchronous)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer = make_engine(self.url, self.disk.synchronous, begin="BEGIN IMMEDIATE")
        self.reader = make_engine(self.url, self.disk.synchronous) if self.is_sqlite else self.writer
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the news of every transaction after its commit."""
        self._listeners.append(listener)

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        """Safe from a power cut once this returns; workers hear of runs while the disk still writes."""
        with self.writer.connect() as connection:
            with transaction(connection):
                uow = UnitOfWork(connection)
                yield uow
                if hurried := bool(uow.news.rings):
                    uow.hurry()
                uow.finish()
            if hurried:
                self.tell(uow.news)
                point("before_disk")
            self.disk.wait(connection, hurried=hurried)
        if not hurried:
            self.tell(uow.news)

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
