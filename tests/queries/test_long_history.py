"""What pages and ticks ask about live and failed runs reads those, however long the history is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, true

from engine.db import Database, UnitOfWork
from engine.queries.overview import attention
from engine.queries.runs import executions
from engine.services.runs import recovery

ASKED: dict[str, Callable[[Any, datetime], Any]] = {
    "how many go on": lambda connection, at: executions.live_counts(connection, true()),
    "which go on": lambda connection, at: executions.page(
        connection, true(), executions.Filter(status="running"), limit=20),
    "which failed": lambda connection, at: executions.page(
        connection, true(), executions.Filter(status="failed"), limit=20),
    "who waits for a word": lambda connection, at: attention.unsure(connection, true()),
    "who wakes next": lambda connection, at: recovery.next_wake(UnitOfWork(connection)),
}


@contextmanager
def noted(database: Database) -> Iterator[list[tuple[str, Any]]]:
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(database.reader, "before_cursor_execute", note)
    yield statements
    event.remove(database.reader, "before_cursor_execute", note)


def steps(database: Database, ask: Callable[[Any], Any]) -> list[str]:
    """How SQLite comes by the runs that `ask` reads."""
    if not database.is_sqlite:
        pytest.skip("Postgres reads few rows as it likes")
    with database.reading() as connection:
        with noted(database) as statements:
            ask(connection)
        (statement, parameters), = [one for one in statements if "FROM executions" in one[0]]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return [step.detail for step in plan if "executions" in step.detail]


@pytest.mark.parametrize("asked", ASKED)
def test_only_those_runs_are_read(database: Database, at: datetime, asked: str) -> None:
    found = steps(database, lambda connection: ASKED[asked](connection, at))
    assert any("ix_executions_live" in step or "ix_executions_failed" in step for step in found), found


def test_what_is_newer_is_not_read_further_down_the_list(database: Database, at: datetime) -> None:
    place = (at, "the last one seen")
    found = steps(database, lambda connection: executions.page(
        connection, true(), executions.EVERYTHING, before=place))
    assert any("((queued_at,id)<(?,?))" in step for step in found), found
