"""Statements that every run comes by: put together once, then handed straight to the driver.

SQLAlchemy's way from a statement to the driver takes a few hundred microseconds in a process that has
been waiting, for nothing it needs is in the processor's caches any more; the database takes a tenth of that.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import JSON, BindParameter, Connection, Text, bindparam, literal_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.visitors import replacement_traverse

from engine.pipelines import COMMIT, Call, Overtaken, as_ours, exchange

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
_LIST: Final = JSON().with_variant(ARRAY(Text), "postgresql")


class Prepared:
    """One statement of SQLAlchemy Core for one connection after another.

    For an INSERT, `columns` are those that are given. Lists go in through `among`, never through an IN that
    grows. One that `insists` raises `Overtaken` when it finds no row; on Postgres it has to do so by itself.
    Its connection must have begun a transaction, unless it only reads.
    """

    def __init__(self, statement: Any, columns: Sequence[str] = (), *, insists: bool = False) -> None:
        self._statement, self._columns, self._insists = statement, list(columns) or None, insists
        self._ready: dict[str, _Ready] = {}

    def all(
        self, connection: Connection, values: Values, before: Sequence["Sending"] = (), commit: bool = False
    ) -> list[Any]:
        """Return the rows as tuples with names.

        What is to be sent `before` takes the same round trip on Postgres, and so does the commit if wanted.
        """
        ready = self._for(connection.dialect)
        if connection.dialect.name == "sqlite":
            return ready.named(_asked(connection, ready, values))
        calls = _calls(connection.dialect, before)
        after = [COMMIT] if commit else []
        return ready.named(exchange(connection, [*calls, ready.call(values), *after], len(calls)))

    def run(self, connection: Connection, rows: Sequence[Values]) -> None:
        """On SQLite, do it once for each of `rows`, whose result nobody needs."""
        _done(connection, self._for(connection.dialect), rows, self._insists)

    def calls(self, dialect: Dialect, rows: Sequence[Values]) -> list[Call]:
        """On Postgres, return the calls that do it once for each of `rows`."""
        ready = self._for(dialect)
        return [ready.call(row) for row in rows]

    def _for(self, dialect: Dialect) -> "_Ready":
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _Ready(self._statement, self._columns, dialect)
        return ready


class Sending(NamedTuple):
    """A statement and what it is to be run with."""

    statement: Prepared
    rows: Sequence[Values]


def send(connection: Connection, sendings: Iterable[Sending], *, commit: bool = False) -> None:
    """Run these statements on Postgres in one round trip, with the commit if wanted."""
    after = [COMMIT] if commit else []
    exchange(connection, [*_calls(connection.dialect, sendings), *after])


def _calls(dialect: Dialect, sendings: Iterable[Sending]) -> list[Call]:
    return [call for sending in sendings for call in sending.statement.calls(dialect, sending.rows)]


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Say that `column` is one of the texts given as `name`; the statement is the same for any number."""
    found: ColumnElement[bool] = column.op("", is_comparison=True)(_Among(bindparam(name, type_=_LIST)))
    return found


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
        compiled = _spelt_out(statement).compile(dialect=_numbering(dialect), column_keys=columns)
        self.sql = compiled.string
        self._encoded = self.sql.encode()
        self._constants = {**compiled.params, **_defaults(compiled)}
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._binds = [(name, _impl(types[name], dialect).bind_processor(dialect))
                       for name in compiled.positiontup]
        returned = getattr(statement, "exported_columns", ())
        names = [column.key for column in returned]
        self._row = cast(Any, namedtuple("Found", names))  # noqa: PYI024
        self._results = [_impl(column.type, dialect).result_processor(dialect, None) for column in returned]

    def given(self, values: Values) -> list[Any]:
        both = {**self._constants, **values} if self._constants else values
        return [both[name] if convert is None else convert(both[name]) for name, convert in self._binds]

    def call(self, values: Values) -> Call:
        return Call(self._encoded, self.given(values))

    def named(self, rows: Iterable[Iterable[Any]]) -> list[Any]:
        return [self._row._make(_converted(self._results, row)) for row in rows]


def _numbering(dialect: Dialect) -> Dialect:
    """A dialect whose placeholders are numbered: libpq knows no others, and SQLite takes them in order."""
    kind: Any = type(dialect)
    return dialect if dialect.name == "sqlite" else cast(Dialect, kind(paramstyle="numeric_dollar"))


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver, whose errors are those of SQLAlchemy."""
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_ours(error, connection.dialect) from error
    finally:
        cursor.close()


def _asked(connection: Connection, ready: _Ready, values: Values) -> list[Any]:
    with _cursor(connection) as cursor:
        return list(cursor.execute(ready.sql, ready.given(values)).fetchall())


def _done(connection: Connection, ready: _Ready, rows: Sequence[Values], insists: bool) -> None:
    with _cursor(connection) as cursor:
        cursor.executemany(ready.sql, [ready.given(row) for row in rows])
        if insists and cursor.rowcount < len(rows):
            raise Overtaken


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
