"""Statements that every run comes by: put together once, then handed straight to the driver.

SQLAlchemy's way from a statement to the driver takes a few hundred microseconds in a process that has
been waiting, for nothing it needs is in the processor's caches any more; the database takes a tenth of that.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import JSON, BindParameter, Connection, Text, bindparam, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.visitors import replacement_traverse

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
UNBEGUN: Final = "unbegun"  # of a connection of Postgres: its transaction begins with the first statement
_LIST: Final = JSON().with_variant(ARRAY(Text), "postgresql")


class Prepared:
    """One statement of SQLAlchemy Core for one connection after another.

    For an INSERT, `columns` are those that are given. Lists go in through `among`, never through an IN that
    grows. Its connection must have begun a transaction, unless it only reads.
    """

    def __init__(self, statement: Any, columns: Sequence[str] = ()) -> None:
        self._statement, self._columns = statement, list(columns) or None
        self._ready: dict[str, _Ready] = {}

    def all(self, connection: Connection, values: Values, before: Sequence["Sending"] = ()) -> list[Any]:
        """Return the rows as tuples with names; what is to be sent `before` goes in the same round trip."""
        return self._for(connection).rows(connection, values, before)

    def run(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Do it once for each of `rows`, whose result nobody needs."""
        self._for(connection).run(connection, rows)

    def _for(self, connection: Connection) -> "_Ready":
        dialect = connection.dialect
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _Ready(self._statement, self._columns, dialect)
        return ready


class Sending(NamedTuple):
    """A statement and what it is to be run with."""

    statement: Prepared
    rows: Sequence[Values]


_COMMIT: Final = Prepared(text("COMMIT"))


def send(connection: Connection, sendings: Iterable[Sending], *, commit: bool = False) -> None:
    """Run these statements, in one round trip where there are round trips, with the commit if wanted."""
    with _together(connection):
        for sending in sendings:
            sending.statement.run(connection, sending.rows)
        if commit:
            _COMMIT.run(connection, [{}])  # the driver's own would wait for ever behind a large statement


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Say that `column` is one of the texts given as `name`; the statement is the same for any number."""
    found: ColumnElement[bool] = column.op("", is_comparison=True)(_Among(bindparam(name, type_=_LIST)))
    return found


def _together(connection: Connection) -> Any:
    """What is sent inside goes in one round trip, where there are round trips."""
    return nullcontext() if connection.dialect.name == "sqlite" else _pipeline(connection)


@contextmanager
def _pipeline(connection: Connection) -> Iterator[None]:
    raw: Any = connection.connection.dbapi_connection
    try:
        with raw.pipeline():
            if connection.info.pop(UNBEGUN, False):
                raw.execute("BEGIN")
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_ours(error, connection.dialect) from error


def _as_ours(error: Any, dialect: Dialect) -> Any:
    """Return the error of a driver as that of SQLAlchemy."""
    return DBAPIError.instance(None, None, error, dialect.loaded_dbapi.Error, dialect=dialect)


class _Among(ColumnElement[Any]):
    """The right side of a comparison, its operator included: the databases have no common one."""

    inherit_cache = True

    def __init__(self, given: Any) -> None:
        self.given = given


@compiles(_Among, "sqlite")
def _in_each(element: Any, compiler: Any, **how: Any) -> str:
    given = compiler.process(element.given, **how)
    return f"IN (SELECT value FROM json_each({given}))"  # noqa: S608 - a placeholder goes in


@compiles(_Among, "postgresql")
def _is_any(element: Any, compiler: Any, **how: Any) -> str:
    return f"= ANY ({compiler.process(element.given, **how)})"


class _Ready:
    """A statement as one driver takes it."""

    def __init__(self, statement: Any, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = _spelt_out(statement).compile(dialect=dialect, column_keys=columns)
        self._sql, self._is_positional = compiled.string, compiled.positional
        self._error = dialect.loaded_dbapi.Error
        self._constants = {**compiled.params, **_defaults(compiled)}
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._names = compiled.positiontup or list(types)
        self._binds = [(name, _impl(types[name], dialect).bind_processor(dialect)) for name in self._names]
        returned = getattr(statement, "exported_columns", ())
        names = [column.key for column in returned]
        self._row = cast(Any, namedtuple("Found", names))  # noqa: PYI024
        self._results = [_impl(column.type, dialect).result_processor(dialect, None) for column in returned]

    def rows(self, connection: Connection, values: Values, before: Sequence[Sending]) -> list[Any]:
        cursor = connection.connection.cursor()
        try:
            with _together(connection):
                for sending in before:
                    sending.statement.run(connection, sending.rows)
                cursor.execute(self._sql, self._given(values))
            found = cursor.fetchall()
        except self._error as error:
            raise _as_ours(error, connection.dialect) from error
        finally:
            cursor.close()
        return [self._row._make(_converted(self._results, row)) for row in found]

    def run(self, connection: Connection, rows: Sequence[Values]) -> None:
        cursor = connection.connection.cursor()
        try:
            given = [self._given(row) for row in rows]
            if self._is_positional:
                cursor.executemany(self._sql, given)
            else:  # inside a pipeline the driver's own loop would wait for ever behind a large statement
                for values in given:
                    cursor.execute(self._sql, values)
        except self._error as error:
            raise _as_ours(error, connection.dialect) from error
        finally:
            cursor.close()

    def _given(self, values: Values) -> Any:
        both = {**self._constants, **values} if self._constants else values
        given = [both[name] if convert is None else convert(both[name]) for name, convert in self._binds]
        return given if self._is_positional else dict(zip(self._names, given, strict=True))


def _spelt_out(statement: Any) -> Any:
    """Put what never differs into the text.

    Behind a placeholder there may be anything, so a database that has an index of some rows only plans anew
    each time, which takes SQLite longer than the statement itself.
    """

    def literal(element: Any, **_: Any) -> Any:
        if not isinstance(element, BindParameter) or not isinstance(element.value, str):
            return None
        quoted = element.value.replace("'", "''")
        return literal_column(f"'{quoted}'", element.type)

    return replacement_traverse(statement, {}, literal)


def _defaults(compiled: Any) -> dict[str, Any]:
    """What columns that are not given get from their model."""
    return {column.key: column.default.arg for column in compiled.insert_prefetch or ()}


def _impl(kind: Any, dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect)


def _converted(converters: Iterable[Convert | None], row: Iterable[Any]) -> Iterable[Any]:
    return (value if convert is None else convert(value)
            for convert, value in zip(converters, row, strict=True))
