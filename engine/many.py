"""Many rows in one go, each database in the way it is fastest at.

SQLite runs one statement for each row within the process. To Postgres rows go as one JSON text of one
statement, for a statement for each would cost more than the row; a single row goes as it is.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Integer, Table, Text, bindparam, cast, column, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import ColumnElement, TableValuedAlias

from engine.connecting import is_storable, to_json
from engine.prepared import Prepared, Sending

Row = Mapping[str, Any]
Names = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Found:
    """How rows are found: by the columns `keys`, where the conditions hold. Made once and kept."""

    keys: Names
    where: tuple[ColumnElement[bool], ...] = ()


_BY_ID: Final = Found(("id",))


def add(dialect: str, table: Table, rows: Sequence[Row]) -> Sending:
    """Insert rows, at least one, that all name the same columns."""
    names = tuple(rows[0])
    if _goes_as_it_is(dialect, rows):
        return Sending(_adding_each(table, names), rows)
    return Sending(_adding_all(table, names), _as_json(rows))


def put(dialect: str, table: Table, keys: Names, rows: Sequence[Row], keeping: Names = ()) -> Sending:
    """Insert rows, or overwrite those with the same `keys`; of two with the same the later one counts.

    What is overwritten stays as it is in the columns `keeping`.
    """
    latest = list({tuple(row[key] for key in keys): row for row in rows}.values())
    statement = _putting(dialect, table, tuple(latest[0]), keys, keeping)
    return Sending(statement, latest if dialect == "sqlite" else _as_json(latest))


def change(dialect: str, table: Table, rows: Sequence[Row]) -> Sending:
    """Give rows, found by their `id`, the other columns; all name the same columns."""
    names = tuple(rows[0])
    if _goes_as_it_is(dialect, rows):
        return Sending(_changing_each(table, names), _renamed(rows))
    return Sending(_changing_all(table, names), _as_json(rows))


def insist(dialect: str, table: Table, rows: Sequence[Row], found: Found) -> Sending:
    """Give rows the other columns, or raise `Overtaken` when one is not `found` any more.

    Postgres says so at the next question or with the commit, for nobody waits for the answer.
    """
    names = tuple(rows[0])
    if dialect == "sqlite":
        return Sending(_insisting_each(table, names, found), _renamed(rows))
    if len(rows) == 1:
        return Sending(_insisting_one(table, names, found), _renamed(rows))
    (given,) = _as_json(rows)
    expected = len({tuple(row[key] for key in found.keys) for row in rows})
    return Sending(_insisting_all(table, names, found), [{**given, "expected": expected}])


def _goes_as_it_is(dialect: str, rows: Sequence[Row]) -> bool:
    return dialect == "sqlite" or len(rows) == 1


def _renamed(rows: Sequence[Row]) -> list[Row]:
    """SQLAlchemy keeps the names of columns for what it would set itself."""
    return [{f"new_{name}": value for name, value in row.items()} for row in rows]


def _as_json(rows: Sequence[Row]) -> list[dict[str, str]]:
    text = json.dumps(rows, separators=(",", ":"), default=datetime.isoformat)
    return [{"rows": text if is_storable(text) else to_json(json.loads(text))}]


def _given(table: Table, names: Names) -> TableValuedAlias:
    """The rows handed over, as a table of the statement."""
    columns = [column(name, table.c[name].type) for name in names]
    rows = func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), postgresql.JSONB))
    return rows.table_valued(*columns, name="given").render_derived(with_types=True)


def _insert_all(table: Table, names: Names) -> Any:
    return postgresql.insert(table).from_select(list(names), select(*_given(table, names).c))


@cache
def _adding_each(table: Table, names: Names) -> Prepared:
    return Prepared(insert(table), names)


@cache
def _adding_all(table: Table, names: Names) -> Prepared:
    return Prepared(_insert_all(table, names))


@cache
def _putting(dialect: str, table: Table, names: Names, keys: Names, keeping: Names) -> Prepared:
    is_sqlite = dialect == "sqlite"
    statement: Any = sqlite.insert(table) if is_sqlite else _insert_all(table, names)
    overwriting = statement.on_conflict_do_update(
        index_elements=list(keys),
        set_={name: statement.excluded[name] for name in names if name not in {*keys, *keeping}},
    )
    return Prepared(overwriting, names if is_sqlite else ())


@cache
def _changing_each(table: Table, names: Names) -> Prepared:
    return Prepared(_each(table, names, _BY_ID))


@cache
def _changing_all(table: Table, names: Names) -> Prepared:
    return Prepared(_all(table, names, _BY_ID))


@cache
def _insisting_each(table: Table, names: Names, found: Found) -> Prepared:
    return Prepared(_each(table, names, found), insists=True)


@cache
def _insisting_one(table: Table, names: Names, found: Found) -> Prepared:
    return Prepared(_counted(table, _each(table, names, found), found, bindparam("expected", 1)))


@cache
def _insisting_all(table: Table, names: Names, found: Found) -> Prepared:
    return Prepared(_counted(table, _all(table, names, found), found, bindparam("expected", type_=Integer)))


def _updating(table: Table, names: Names, found: Found, new: Callable[[str], Any]) -> Any:
    values = {name: new(name) for name in names if name not in found.keys}
    return update(table).where(*(table.c[key] == new(key) for key in found.keys), *found.where).values(values)


def _each(table: Table, names: Names, found: Found) -> Any:
    return _updating(table, names, found, lambda name: bindparam(f"new_{name}"))


def _all(table: Table, names: Names, found: Found) -> Any:
    given = _given(table, names)
    return _updating(table, names, found, lambda name: given.c[name])


def _counted(table: Table, changing: Any, found: Found, expected: ColumnElement[int]) -> Any:
    """Divide by nought unless as many rows change as are `expected`; that undoes the whole transaction."""
    changed = changing.returning(*(table.c[key] for key in found.keys)).cte("changed")
    is_whole = cast(func.count() == expected, Integer)
    return select(func.div(1, is_whole).label("whole")).select_from(changed)
