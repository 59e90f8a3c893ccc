"""Many rows in one go, each database in the way it is fastest at.

SQLite runs one statement for each row within the process. To Postgres rows go as one JSON text of one
statement, for a statement for each would cost more than the row; a single row goes as it is.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Table, Text, bindparam, cast, column, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import TableValuedAlias

from engine.connecting import is_storable, to_json
from engine.prepared import Prepared, Sending

Row = Mapping[str, Any]
Names = tuple[str, ...]


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
        given = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        return Sending(_changing_each(table, names), given)
    return Sending(_changing_all(table, names), _as_json(rows))


def _goes_as_it_is(dialect: str, rows: Sequence[Row]) -> bool:
    return dialect == "sqlite" or len(rows) == 1


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
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names if name != "id"}
    return Prepared(update(table).where(table.c.id == bindparam("new_id")).values(values))


@cache
def _changing_all(table: Table, names: Names) -> Prepared:
    given = _given(table, names)
    values: dict[str, Any] = {name: given.c[name] for name in names if name != "id"}
    return Prepared(update(table).where(table.c.id == given.c.id).values(values))
