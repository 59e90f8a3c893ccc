"""Counting runs as they end, so that nobody has to count history later."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.dialects import postgresql, sqlite

from engine.db import UnitOfWork
from engine.domain.statistics import Ended, tallied
from engine.models import Statistic

_KEYS: Final = ("workflow_id", "at", "measure", "bucket", "slot")
_SLOTS: Final = 8


def count(uow: UnitOfWork, ended: Iterable[Ended]) -> None:
    """Add these runs to the counters: one statement for all of them.

    Best the last write of its transaction: on Postgres the counters stay locked until the commit.
    """
    rows = [
        {**cell._asdict(), "runs": runs, "total_ms": milliseconds}
        for cell, (runs, milliseconds) in tallied(ended).items()
    ]
    if rows:
        uow.execute(_adding(uow.connection.dialect.name), rows)


@cache
def _adding(dialect: str) -> Any:
    """Built once: it runs at the end of every run."""
    new = (sqlite if dialect == "sqlite" else postgresql).insert(Statistic)
    return new.values(slot=_slot(dialect)).on_conflict_do_update(
        index_elements=list(_KEYS),
        set_={"runs": Statistic.runs + new.excluded.runs,
              "total_ms": Statistic.total_ms + new.excluded.total_ms},
    )


def _slot(dialect: str) -> ColumnElement[int]:
    """Connections of Postgres write at the same time; those of SQLite wait for each other anyway."""
    return literal(0) if dialect == "sqlite" else func.pg_backend_pid() % _SLOTS
