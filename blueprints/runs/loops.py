"""The items of a loop in a run: how many, which failed, which took long, and what each came to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from blueprints.shown import loop_lists
from blueprints.shown.steps import Step
from engine.domain.runs import states
from engine.domain.steps.trees import STEPS, walk
from engine.queries.runs import steps as run_steps
from engine.queries.runs.steps import Loop
from engine.queries.runs.whole import Run

PAGE: Final = 100
# Of a loop that goes on, which is drawn again and again.
_FEW: Final = 10


@dataclass(frozen=True)
class ItemStep:
    """One step of an item, without its data."""

    name: str
    status: str
    row: Any


@dataclass(frozen=True)
class Item:
    """`name` says what it is, as far as the list is kept."""

    number: int
    position: str
    name: str
    status: str
    took_ms: int | None
    steps: Sequence[ItemStep]


@dataclass(frozen=True)
class LoopShown:
    """A loop at its place in a run. `worst` are some of its items, those to look at first."""

    key: str
    position: str
    name: str
    count: int
    begun: int
    failed: int
    is_open: bool
    worst: Sequence[Item]

    @property
    def words(self) -> str:
        """Say "57 of 128 items, 2 failed"."""
        every = f"{self.count:,} item{'' if self.count == 1 else 's'}"
        done = f"{self.begun:,} of {every}" if self.is_open or self.begun < self.count else every
        return f"{done}, {self.failed:,} failed" if self.failed else done


def shown(
    connection: Connection, run: Run, steps: Sequence[Step], rows: Mapping[str, Any], position: str
) -> dict[str, LoopShown]:
    """Return what became of the loops among `steps` that have begun, by key."""
    return {
        one.step["key"]: _shown(connection, run, one.step, rows[one.step["key"]], position)
        for one in walk(steps) if not one.in_loop and one.step.get(STEPS) and one.step["key"] in rows
    }


def page(
    connection: Connection, run: Run, step: Step, position: str, numbers: range
) -> list[Item]:
    """Return the items with these numbers, begun or not, in the order of the list."""
    positions = [place(position, number) for number in numbers]
    loop = Loop.of(step, position)
    found = {row.position: row for row in run_steps.items_at(connection, run.row.id, loop, positions)}
    begun = _items(connection, run, step, loop, [found[place] for place in positions if place in found])
    known = {item.position: item for item in begun}
    status = states.PENDING if run.row.status in states.LIVE else states.SKIPPED
    names = _names(run, step, position)
    return [known.get(one) or Item(_number(one), one, names(_number(one)), status, None, ())
            for one in positions]


def count(connection: Connection, run: Run, step: Step, row: Any) -> int:
    """Return how many items a loop has; one whose result was too large to keep, at least those that began."""
    return row.item_count or run_steps.tally(connection, run.row.id, Loop.of(step, row.position)).begun


def place(position: str, number: int) -> str:
    """Return the position of item `number` of the loop that stands at `position`."""
    return f"{position}.{number - 1}".lstrip(".")


def _shown(connection: Connection, run: Run, step: Step, row: Any, position: str) -> LoopShown:
    loop = Loop.of(step, position)
    tally = run_steps.tally(connection, run.row.id, loop)
    is_open = row.status == states.RUNNING and run.row.status in states.LIVE
    found = run_steps.worst(connection, run.row.id, loop, _FEW if is_open else run_steps.WORST)
    return LoopShown(
        step["key"], position, run.names[step["key"]], max(row.item_count or 0, tally.begun),
        tally.begun, tally.failed, is_open, _items(connection, run, step, loop, found),
    )


def _items(
    connection: Connection, run: Run, step: Step, loop: Loop, found: Sequence[Any]
) -> list[Item]:
    inside = [one.step for one in walk(step.get(STEPS) or ()) if not one.in_loop]
    rows = run_steps.lines_at(connection, run.row.id, loop.keys, [row.position for row in found])
    names = _names(run, step, loop.position)
    begun = {row.position: [(run.names[one["key"]], rows[one["key"], row.position]) for one in inside
                            if (one["key"], row.position) in rows] for row in found}
    return [_item(row, names(_number(row.position)), _status(row, run), begun[row.position]) for row in found]


def _names(run: Run, step: Step, position: str) -> Callable[[int], str]:
    items = loop_lists.items_of(run, step["key"], position)
    shown = run.shown
    return lambda number: loop_lists.name_of_item(shown(items[number - 1])) if number <= len(items) else ""


def _item(row: Any, name: str, status: str, reached: Sequence[tuple[str, Any]]) -> Item:
    return Item(_number(row.position), row.position, name, status, row.took, [
        ItemStep(called, _step_status(line, status), line) for called, line in reached
    ])


def _status(row: Any, run: Run) -> str:
    if row.failed:
        return states.FAILED
    if not row.live:
        return states.COMPLETED
    return states.RUNNING if run.row.status == states.PENDING else str(run.row.status)


def _step_status(row: Any, around: str) -> str:
    """A step that holds others stays open when its item ends or rests with one of them; so does it then."""
    return around if row.status == states.RUNNING else str(row.status)


def _number(position: str) -> int:
    return int(position.rpartition(".")[2]) + 1
