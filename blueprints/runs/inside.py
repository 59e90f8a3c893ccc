"""Which steps of a run are shown: those of the workflow, all items of a loop, or the steps of one item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode

from sqlalchemy import Connection

from blueprints.runs import loops as run_loops
from blueprints.runs import timeline
from blueprints.runs.loops import Item
from blueprints.runs.timeline import Frame, StepLine
from engine.domain.errors import NotFound
from engine.domain.runs import states
from engine.domain.steps.trees import STEPS, Placed, numbered
from engine.queries.runs import logs
from engine.queries.runs import steps as run_steps
from engine.queries.runs.whole import Run


@dataclass(frozen=True)
class Into:
    """Where in a run somebody looks: items of the loop `key` at `position` from number `start` on, or one."""

    key: str
    position: str = ""
    start: int = 1
    item: int | None = None

    @classmethod
    def asked(cls, given: Mapping[str, str]) -> Self | None:
        """Read `?loop=`, `?at=` for a loop inside a loop, and `?item=` or `?from=`, numbers from 1."""
        if not (key := given.get("loop", "")):
            return None
        item, start = given.get("item", ""), given.get("from", "")
        return cls(key[:40], given.get("at", "")[:80], max(int(start), 1) if start.isdecimal() else 1,
                   int(item) if item.isdecimal() else None)

    def query(self, **changes: Any) -> str:
        """Write it as an address is asked."""
        asked = {"loop": self.key, "at": self.position, "from": self.start, "item": self.item, **changes}
        said = {name: value for name, value in asked.items() if value and (name, value) != ("from", 1)}
        return urlencode(said)


@dataclass(frozen=True)
class Inside:
    """Items of a loop, or with `item` the steps of one. `before` and `after` are numbers to go on with."""

    into: Into
    name: str
    count: int
    items: Sequence[Item]
    item: Item | None
    steps: Sequence[StepLine]
    before: int | None
    after: int | None


def outermost(connection: Connection, run: Run, at: datetime) -> list[StepLine]:
    """Return the lines of all steps outside loops."""
    first, last = run.row.started_at or run.row.queued_at, run.row.completed_at or at
    loops = run_loops.shown(connection, run, run.plan, run.steps, "")
    tries = _tries(connection, run, list(run.steps), "")
    frame = Frame(_numbers(run), run.names, run.steps, run.row.status, first, last, tries, loops)
    return timeline.lines(run.plan, frame)


def inside(connection: Connection, run: Run, into: Into, at: datetime) -> Inside:
    """Raises `NotFound` for a loop or an item there is not."""
    step = _loop(run, into).step
    row = run_steps.at(connection, run.row.id, [into.key], into.position).get(into.key)
    count = run_loops.count(connection, run, step, row) if row is not None else 0
    if into.item is not None:
        return _one(connection, run, into, step, count, at)
    end = min(into.start + run_loops.PAGE, count + 1)
    items = run_loops.page(connection, run, step, into.position, range(into.start, end))
    before = max(into.start - run_loops.PAGE, 1) if into.start > 1 else None
    return Inside(into, run.names[into.key], count, items, None, (), before, end if end <= count else None)


def answer(connection: Connection, run: Run) -> Into | None:
    """Return where the answer is shown to a call inside a loop with which the run failed."""
    row = run_steps.answered(connection, run.row.id, run.row.error_message or "")
    if row is None:
        return None
    (around,) = [one.around for _, one in numbered(run.plan) if one.step["key"] == row.step_key]
    *_, loop = [step["key"] for step, block in around if block == STEPS]
    at, _, item = row.position.rpartition(".")
    return Into(loop, at, item=int(item) + 1)


def _one(
    connection: Connection, run: Run, into: Into, step: Mapping[str, Any], count: int, at: datetime
) -> Inside:
    number = into.item or 0
    if not 1 <= number <= count:
        raise NotFound("There is no such item.")
    (item,) = run_loops.page(connection, run, step, into.position, range(number, number + 1))
    steps = step.get(STEPS) or ()
    rows = run_steps.at(connection, run.row.id, run_steps.Loop.of(step, "").keys, item.position)
    loops = run_loops.shown(connection, run, steps, rows, item.position)
    begun = [row.started_at for row in rows.values() if row.started_at]
    ended = [row.completed_at for row in rows.values() if row.completed_at]
    first = min(begun, default=run.row.started_at or at)
    is_over = item.status not in states.LIVE
    last = max([first, *ended]) if is_over else run.row.completed_at or at
    status = item.status if is_over else run.row.status
    tries = _tries(connection, run, list(rows), item.position)
    frame = Frame(_numbers(run), run.names, rows, status, first, last, tries, loops, item.position)
    return Inside(into, run.names[into.key], count, (), item, timeline.lines(steps, frame),
                  number - 1 or None, number + 1 if number < count else None)


def _tries(connection: Connection, run: Run, keys: Sequence[str], position: str) -> dict[str, list[Any]]:
    events: dict[str, list[Any]] = {}
    for event in logs.step_events(connection, run.row.id, keys, position):
        events.setdefault(event.step_key, []).append(event)
    return events


def _loop(run: Run, into: Into) -> Placed:
    for _, one in numbered(run.plan):
        if one.step["key"] == into.key and one.step.get(STEPS):
            return one
    raise NotFound("There is no such loop in this run.")


def _numbers(run: Run) -> dict[str, str]:
    return {one.step["key"]: number for number, one in numbered(run.plan)}

