"""Counting runs as they end, so that nobody has to count history later."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.dialects import postgresql, sqlite

from engine.db import UnitOfWork
from engine.domain.runs.statistics import Ended, failing, tallied
from engine.models import Base, FailedStep, Statistic
from engine.prepared import Prepared

_SLOTS: Final = 8


def count(uow: UnitOfWork, ended: Iterable[Ended]) -> None:
    """Add these runs to the counters: one statement for all of them, and one more where some failed.

    Best the last write of its transaction: on Postgres the counters stay locked until the commit.
    """
    runs_ended = list(ended)
    rows: list[dict[str, Any]] = [
        {**cell._asdict(), "runs": runs, "total_ms": milliseconds}
        for cell, (runs, milliseconds) in tallied(runs_ended).items()
    ]
    if rows:
        uow.run(_adding(uow.dialect, Statistic, ("runs", "total_ms")), rows)
    if failed := [{**counter._asdict(), "runs": runs} for counter, runs in failing(runs_ended).items()]:
        uow.run(_adding(uow.dialect, FailedStep, ("runs",)), failed)


@cache
def _adding(dialect: str, table: type[Base], sums: tuple[str, ...]) -> Prepared:
    columns = table.__table__.c
    keys = [column.name for column in columns if column.primary_key]
    new = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    statement = new.values(slot=_slot(dialect)).on_conflict_do_update(
        index_elements=keys, set_={name: columns[name] + new.excluded[name] for name in sums},
    )
    return Prepared(statement, [*(name for name in keys if name != "slot"), *sums])


def _slot(dialect: str) -> ColumnElement[int]:
    """Connections of Postgres write at the same time; those of SQLite wait for each other anyway."""
    return literal(0) if dialect == "sqlite" else func.pg_backend_pid() % _SLOTS
