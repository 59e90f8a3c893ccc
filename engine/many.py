"""Many rows in one go, each database in the way it is fastest at.

SQLite runs one statement for each row within the process. To Postgres all rows go as one JSON text of one
statement: a statement for each row would cost more than the row.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, Text, bindparam, cast, column, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import TableValuedAlias

from engine.connecting import is_storable, to_json

Row = Mapping[str, Any]
Names = tuple[str, ...]


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table), list(rows))
    else:
        names = tuple(rows[0])
        connection.execute(_adding(table, names), _as_json(rows))


def put(connection: Connection, table: Table, keys: Names, rows: Sequence[Row]) -> None:
    """Insert rows, or overwrite those with the same `keys`; of two with the same the later one counts."""
    latest = list({tuple(row[key] for key in keys): row for row in rows}.values())
    if not latest:
        return
    names = tuple(latest[0])
    statement = _putting(connection.dialect.name, table, names, keys)
    connection.execute(statement, latest if connection.dialect.name == "sqlite" else _as_json(latest))


def change(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Give rows, found by their `id`, the other columns; all name the same columns."""
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "sqlite":
        given = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        connection.execute(_changing_each(table, names), given)
    else:
        connection.execute(_changing(table, names), _as_json(rows))


def _as_json(rows: Sequence[Row]) -> dict[str, str]:
    text = json.dumps(rows, separators=(",", ":"), default=datetime.isoformat)
    return {"rows": text if is_storable(text) else to_json(json.loads(text))}


def _given(table: Table, names: Names) -> TableValuedAlias:
    """The rows handed over, as a table of the statement."""
    columns = [column(name, table.c[name].type) for name in names]
    rows = func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), postgresql.JSONB))
    return rows.table_valued(*columns, name="given").render_derived(with_types=True)


@cache
def _adding(table: Table, names: Names) -> Any:
    return postgresql.insert(table).from_select(list(names), select(*_given(table, names).c))


@cache
def _putting(dialect: str, table: Table, names: Names, keys: Names) -> Any:
    if dialect == "sqlite":
        statement: Any = sqlite.insert(table)
    else:
        statement = _adding(table, names)
    return statement.on_conflict_do_update(
        index_elements=list(keys),
        set_={name: statement.excluded[name] for name in names if name not in keys},
    )


@cache
def _changing_each(table: Table, names: Names) -> Any:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names if name != "id"}
    return update(table).where(table.c.id == bindparam("new_id")).values(values)


@cache
def _changing(table: Table, names: Names) -> Any:
    given = _given(table, names)
    values: dict[str, Any] = {name: given.c[name] for name in names if name != "id"}
    return update(table).where(table.c.id == given.c.id).values(values)
