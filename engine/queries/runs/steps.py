"""The steps of one run, as far as somebody looks at them: a loop may have thousands of items."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, null, select

from engine.domain.runs.states import COMPLETED, FAILED, RUNNING, WAITING
from engine.domain.steps.trees import IF_FAILS, STEPS, blocks_of, walk
from engine.models import ExecutionStep
from engine.queries.runs.json_lists import array_length

Step = Mapping[str, Any]
WORST: Final = 50
STEPS_SHOWN: Final = 500
_LOOP: Final = "for_each"
_Row = ExecutionStep
_LIGHT: Final = (
    _Row.step_key, _Row.position, _Row.type, _Row.status, _Row.reason, _Row.error_message, _Row.attempt,
    _Row.started_at, _Row.completed_at, _Row.duration_ms, _Row.wake_at,
)


class Reached(NamedTuple):
    """Some of the rows of a run, and how many there are."""

    rows: Sequence[Row[Any]]
    total: int


class Tally(NamedTuple):
    """How many items have begun, and how many of those failed or are under way."""

    begun: int
    failed: int
    live: int


@dataclass(frozen=True)
class Loop:
    """A loop at its place in a run: `keys` are the steps of one item, those of inner loops not among them.

    An item fails with a step of `fatal`; what takes time are the steps of `timed`.
    """

    position: str
    keys: Sequence[str]
    fatal: Collection[str]
    timed: Collection[str]

    @classmethod
    def of(cls, step: Step, position: str) -> Self:
        steps = [one.step for one in walk(step.get(STEPS) or ()) if not one.in_loop]
        return cls(
            position, [one["key"] for one in steps],
            [one["key"] for one in steps if one.get("on_failure") != "continue"],
            [one["key"] for one in steps
             if one["type"] == _LOOP or all(name == IF_FAILS for name, _ in blocks_of(one))],
        )


def outside_loops(connection: Connection, execution_id: str, plan: Sequence[Step]) -> dict[str, Row[Any]]:
    """Return the rows of the steps outside loops, by key."""
    keys = [one.step["key"] for one in walk(plan) if not one.in_loop]
    return at(connection, execution_id, keys, "")


def at(
    connection: Connection, execution_id: str, keys: Sequence[str], position: str
) -> dict[str, Row[Any]]:
    """Return the rows of these steps at one position, by key.

    `item_count` says how many items a loop has; the items themselves, kept while it goes, are left out.
    """
    is_open = and_(_Row.type == _LOOP, _Row.status != COMPLETED)
    columns = [column for column in _Row.__table__.columns if column.key != "output"]
    count = case((is_open, array_length(_Row.output["items"])), (
        and_(_Row.type == _LOOP, _Row.status == COMPLETED), _Row.output["count"].as_integer()))
    output = case((is_open, null()), else_=_Row.output).label("output")
    rows: Sequence[Row[Any]] = list(connection.execute(
        select(*columns, output, count.label("item_count"))
        .where(_Row.execution_id == execution_id, _Row.step_key.in_(keys), _Row.position == position)
    ))
    return {row.step_key: row for row in rows}


def tally(connection: Connection, execution_id: str, loop: Loop) -> Tally:
    items = _items(execution_id, loop).subquery()
    is_live = and_(items.c.failed == 0, items.c.live > 0)
    row = connection.execute(select(
        func.count(), func.coalesce(func.sum(items.c.failed), 0),
        func.coalesce(func.sum(case((is_live, 1), else_=0)), 0),
    ).select_from(items)).one()
    return Tally(*row)


def worst(connection: Connection, execution_id: str, loop: Loop, limit: int = WORST) -> list[Row[Any]]:
    """Return the items to look at first: those that failed, then those that took longest."""
    items = _items(execution_id, loop).subquery()
    order = (items.c.failed.desc(), items.c.live.desc(), items.c.took.desc(), items.c.started_at)
    return list(connection.execute(select(items).order_by(*order).limit(limit)))


def items_at(
    connection: Connection, execution_id: str, loop: Loop, positions: Sequence[str]
) -> list[Row[Any]]:
    """Return these items, as far as they have begun."""
    return list(connection.execute(_items(execution_id, loop).where(_Row.position.in_(positions))))


def lines_at(
    connection: Connection, execution_id: str, keys: Sequence[str], positions: Sequence[str]
) -> dict[tuple[str, str], Row[Any]]:
    """Return the rows of these steps at several positions, by key and position, without their data."""
    rows: Sequence[Row[Any]] = list(connection.execute(
        select(*_LIGHT).where(_Row.execution_id == execution_id, _Row.step_key.in_(keys),
                              _Row.position.in_(positions))
    ))
    return {(row.step_key, row.position): row for row in rows}


def answered(connection: Connection, execution_id: str, message: str) -> Row[str, str] | None:
    """Return key and position of the step inside a loop that failed with this, if its answer was kept."""
    return connection.execute(
        select(_Row.step_key, _Row.position)
        .where(_Row.execution_id == execution_id, _Row.status == FAILED, _Row.position != "",
               _Row.error_message == message, _Row.output["answer"].as_string().is_not(None)).limit(1)
    ).first()


def reached(connection: Connection, execution_id: str, position: str | None = None) -> Reached:
    """Return the first rows of a run: those outside loops, then item by item; or those of one item."""
    narrowed = [_Row.execution_id == execution_id]
    if position is not None:
        narrowed.append(_Row.position == position)
    rows = connection.execute(
        select(*_Row.__table__.columns).where(*narrowed)
        .order_by(func.length(_Row.position), _Row.position, _Row.started_at, _Row.step_key)
        .limit(STEPS_SHOWN)
    )
    total = connection.execute(select(func.count()).select_from(_Row).where(*narrowed)).scalar_one()
    return Reached(list(rows), total)


def _items(execution_id: str, loop: Loop) -> Any:
    """One row per item: its position, whether it failed or is under way, when it began, how long it took."""
    failed = and_(_Row.status == FAILED, _Row.step_key.in_(loop.fatal))
    return (
        select(
            _Row.position, _any(failed).label("failed"),
            _any(_Row.status.in_((RUNNING, WAITING))).label("live"),
            func.min(_Row.started_at).label("started_at"),
            func.coalesce(
                func.sum(case((_Row.step_key.in_(loop.timed), _Row.duration_ms))), 0).label("took"),
        )
        .where(_Row.execution_id == execution_id, _Row.step_key.in_(loop.keys), *_inside(loop))
        .group_by(_Row.position)
    )


def _inside(loop: Loop) -> list[ColumnElement[bool]]:
    return [_Row.position.startswith(f"{loop.position}.", autoescape=True)] if loop.position else []


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0))
