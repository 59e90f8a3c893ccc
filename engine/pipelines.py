"""What goes to Postgres in one round trip: straight to libpq, past the cursors of its driver.

In a process that has been waiting a cursor takes 60 µs for each statement, and this takes 20.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from select import POLLIN, POLLOUT, poll
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

UNBEGUN: Final = "unbegun"  # of a connection of Postgres: its transaction begins with the first statement
_LINE: Final = "line"
_DIVISION_BY_ZERO: Final = "22012"


class Overtaken(Exception):
    """A row was not found as it had to be: somebody else was faster, and nothing is committed."""


class Call(NamedTuple):
    """A statement, its placeholders being $1 and so on, and what it is called with."""

    sql: bytes
    values: Sequence[Any] = ()


COMMIT: Final = Call(b"COMMIT")
_BEGIN: Final = Call(b"BEGIN")
Rows = list[tuple[Any, ...]]


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """What `connection.begin()` is.

    On Postgres SQLAlchemy hears of it when it has to do something itself: its way to begin and to commit is
    as long as all the others.
    """
    if connection.dialect.name == "sqlite":
        with connection.begin():
            yield
        return
    raw: Any = connection.connection.dbapi_connection
    connection.info[UNBEGUN] = True
    try:
        yield
        if connection.in_transaction():
            connection.commit()
        elif not is_idle(connection):
            exchange(connection, [COMMIT])
    except BaseException:
        if raw.closed and not connection.invalidated:
            with suppress(DBAPIError):  # so it hears of it, and makes all other connections anew
                connection.exec_driver_sql("ROLLBACK")
        raise
    finally:
        if not connection.invalidated:  # what is known of a connection goes with it
            connection.info.pop(UNBEGUN, None)


def is_idle(connection: Connection) -> bool:
    """Whether no transaction is under way on the server: none has begun, or all is committed."""
    raw: Any = connection.connection.dbapi_connection
    idle = connection.dialect.loaded_dbapi.pq.TransactionStatus.IDLE
    return bool(raw.pgconn.transaction_status == idle)


def exchange(connection: Connection, calls: Sequence[Call], asked: int | None = None) -> Rows:
    """Make these calls, all or none; return the rows of the one that was `asked`, if any.

    Raises what SQLAlchemy would, or `Overtaken`.
    """
    driver = connection.dialect.loaded_dbapi
    line = _line(connection, driver)
    first = [_BEGIN] if connection.info.pop(UNBEGUN, False) else []
    try:
        answers = line.exchange([*first, *calls])
        return [] if asked is None else line.rows(answers[len(first) + asked])
    except driver.Error as error:
        raise as_ours(error, connection.dialect) from error


def as_ours(error: Any, dialect: Dialect) -> Any:
    """Return the error of a driver as that of SQLAlchemy, or as `Overtaken`."""
    if getattr(error, "sqlstate", None) == _DIVISION_BY_ZERO:
        return Overtaken()
    return DBAPIError.instance(None, None, error, dialect.loaded_dbapi.Error, dialect=dialect)


def _line(connection: Connection, driver: Any) -> "_Line":
    raw = connection.connection.dbapi_connection
    line = connection.info.get(_LINE)
    if line is None or line.raw is not raw:
        line = connection.info[_LINE] = _Line(raw, driver)
    return line


class _Line:
    """One connection of the driver, and what its server has prepared."""

    def __init__(self, raw: Any, driver: Any) -> None:
        self.raw, self._driver, self._libpq = raw, driver, raw.pgconn
        self._adapters = driver.adapt.Transformer(raw)
        self._prepared: dict[bytes, bytes] = {}
        self._in_step, self._failed = driver.pq.ExecStatus.PIPELINE_SYNC, driver.pq.ExecStatus.FATAL_ERROR
        self._text = driver.adapt.PyFormat.TEXT
        self._socket = poll()
        self._socket.register(self._libpq.socket)

    def exchange(self, calls: Sequence[Call]) -> list[Any]:
        """Return the answer to each of the calls; raises the driver's errors."""
        given = [(call.sql, self._dumped(call.values)) for call in calls]  # a value may be refused
        try:
            self._libpq.enter_pipeline_mode()
            preparing = self._send(given)
            answers = self._answers()
            self._libpq.exit_pipeline_mode()
        except BaseException:
            self._libpq.finish()  # nobody could tell what is still under way
            raise
        return self._sorted(answers, preparing)

    def rows(self, answer: Any) -> Rows:
        self._adapters.set_pgresult(answer)
        rows: Rows = self._adapters.load_rows(0, answer.ntuples, tuple)
        return rows

    def _dumped(self, values: Sequence[Any]) -> Sequence[Any]:
        dumped: Sequence[Any] = self._adapters.dump_sequence(values, [self._text] * len(values))
        return dumped

    def _send(self, given: Sequence[tuple[bytes, Sequence[Any]]]) -> dict[int, bytes]:
        """Send it all; return the places among the answers of statements that had to be prepared."""
        new: dict[bytes, bytes] = {}
        preparing: dict[int, bytes] = {}
        for place, (sql, values) in enumerate(given):
            name = self._prepared.get(sql) or new.get(sql)
            if name is None:
                preparing[place + len(preparing)] = sql
                name = new[sql] = b"carillon_%d" % (len(self._prepared) + len(new))
                self._libpq.send_prepare(name, sql)
            self._libpq.send_query_prepared(name, values)
        self._libpq.pipeline_sync()
        while self._libpq.flush():  # what is left would wait for ever for a server that waits to be read
            self._wait(POLLIN | POLLOUT)
        return preparing

    def _answers(self) -> list[Any]:
        """Take in all answers: libpq says nothing behind each, and that it is in step behind the last."""
        answers, is_over = list[Any](), True
        while True:
            while self._libpq.is_busy():
                self._wait(POLLIN)
            answer = self._libpq.get_result()
            if answer is None:
                if is_over:
                    raise self._driver.OperationalError("the connection is lost")
                is_over = True
            elif answer.status == self._in_step:
                return answers
            else:
                answers.append(answer)
                is_over = False

    def _wait(self, events: int) -> None:
        self._socket.modify(self._libpq.socket, events)
        self._socket.poll()
        self._libpq.consume_input()

    def _sorted(self, answers: Sequence[Any], preparing: dict[int, bytes]) -> list[Any]:
        """Return the answers to calls; raises the first error. What is prepared stays so all the same."""
        for place, answer in enumerate(answers):
            if answer.status == self._failed:
                raise self._driver.errors.error_from_result(answer)
            if place in preparing:
                self._prepared[preparing[place]] = b"carillon_%d" % len(self._prepared)
        return [answer for place, answer in enumerate(answers) if place not in preparing]
