"""The log of one run, in pages and by level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, or_, select

from engine.domain.events import STEP_COMPLETED, STEP_FAILED, STEP_STARTED
from engine.domain.steps.expectations import ODD
from engine.models import ExecutionLog

LINES: Final = 500
MOST_EVENTS: Final = 2000
# What each choice of level lets through.
LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "all": (), "info": ("info", "warn", "error"), "warn": ("warn", "error"), "error": ("error",),
}


@dataclass(frozen=True)
class Which:
    """Which lines: of a level and above, with these words, about these `keys` of steps (none: about
    anything), of the item at `position` and of loops inside it."""

    level: str = "all"
    search: str = ""
    keys: tuple[str, ...] = ()
    position: str = ""


ALL: Final = Which()


def last(
    connection: Connection, execution_id: str, which: Which = ALL, *, before: int | None = None
) -> list[Row[Any]]:
    """Return the last `LINES` there are before the one with id `before`, in order."""
    statement = _narrowed(execution_id, which)
    if before is not None:
        statement = statement.where(ExecutionLog.id < before)
    newest_first = connection.execute(statement.order_by(ExecutionLog.id.desc()).limit(LINES))
    return list(newest_first)[::-1]


def after(
    connection: Connection, execution_id: str, line_id: int, which: Which = ALL
) -> list[Row[Any]]:
    """Return the lines that follow, in order."""
    statement = _narrowed(execution_id, which).where(ExecutionLog.id > line_id)
    return list(connection.execute(statement.order_by(ExecutionLog.id).limit(LINES)))


def counts(connection: Connection, execution_id: str, which: Which = ALL) -> dict[str, int]:
    """Return how many of these lines each choice of level shows."""
    statement = _narrowed(execution_id, replace(which, level="all")).with_only_columns(
        ExecutionLog.level, func.count()
    ).group_by(ExecutionLog.level)
    found = {level: number for level, number in connection.execute(statement)}
    return {
        choice: sum(count for level, count in found.items() if not levels or level in levels)
        for choice, levels in LEVELS.items()
    }


def odd(connection: Connection, execution_id: str) -> list[str]:
    """Return what was written about a run that looks unusual."""
    said = select(ExecutionLog.message).where(
        ExecutionLog.execution_id == execution_id, ExecutionLog.level == "warn",
        ExecutionLog.message.startswith(ODD, autoescape=True),
    )
    sentences = connection.execute(said.order_by(ExecutionLog.id).limit(20)).scalars()
    return [sentence.removeprefix(ODD).strip() for sentence in sentences]


def whole(connection: Connection, execution_id: str) -> Iterator[Row[Any]]:
    """Go through all lines in order, a page at a time."""
    line_id = 0
    while lines := after(connection, execution_id, line_id):
        yield from lines
        line_id = lines[-1].id


def _narrowed(execution_id: str, which: Which) -> Select[Any]:
    statement = select(*ExecutionLog.__table__.columns).where(ExecutionLog.execution_id == execution_id)
    if levels := LEVELS[which.level]:
        statement = statement.where(ExecutionLog.level.in_(levels))
    if which.search:
        statement = statement.where(ExecutionLog.message.icontains(which.search, autoescape=True))
    if which.keys:
        statement = statement.where(ExecutionLog.step_key.in_(which.keys))
    if which.position:
        inside = ExecutionLog.position.startswith(f"{which.position}.", autoescape=True)
        statement = statement.where(or_(ExecutionLog.position == which.position, inside))
    return statement


def step_events(
    connection: Connection, execution_id: str, keys: Sequence[str], position: str = ""
) -> list[Row[Any]]:
    """Return when each try of these steps at one position began and how it ended: step_key, event, at."""
    events = (STEP_STARTED, STEP_COMPLETED, STEP_FAILED)
    return list(connection.execute(
        select(ExecutionLog.step_key, ExecutionLog.event, ExecutionLog.at)
        .where(ExecutionLog.execution_id == execution_id, ExecutionLog.event.in_(events),
               ExecutionLog.step_key.in_(keys), ExecutionLog.position == position)
        .order_by(ExecutionLog.id).limit(MOST_EVENTS)
    ))


def last_id(connection: Connection, execution_id: str) -> int:
    """Return the id of the last line; 0 when there is none."""
    newest = select(func.max(ExecutionLog.id)).where(ExecutionLog.execution_id == execution_id)
    return int(connection.execute(newest).scalar_one() or 0)
