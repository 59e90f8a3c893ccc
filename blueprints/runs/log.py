"""The log of a run as somebody asked for it: by level, by words, and by the items of its loops."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection, Row

from blueprints.shown.steps import Step
from engine.domain.errors import Invalid, NotFound, Problem
from engine.domain.steps.trees import STEPS, walk
from engine.queries.runs import logs
from engine.queries.runs.logs import ALL, Which
from engine.queries.runs.whole import Run

_ITEM: Final = "Write the number of an item, like 3, or 3.1 for a loop inside a loop."
_WHICH_LOOP: Final = "Choose the loop whose item you mean."
_LOOP: Final = "There is no such loop in this run."


@dataclass(frozen=True)
class Asked:
    """`loop` and `item` as they were typed: a key, and numbers from 1 such as "3" or "3.1"."""

    which: Which = ALL
    loop: str = ""
    item: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        return self.which != ALL

    @property
    def live_query(self) -> str:
        """Return how the live updates of these lines are asked for; what is searched for gets none."""
        if self.which.search or self.problems:
            return "?tab=found"
        query = {"tab": "log", "level": self.which.level, "loop": self.loop, "item": self.item}
        return "?" + urlencode({name: value for name, value in query.items() if value})


def asked(args: Mapping[str, str], plan: Sequence[Step]) -> Asked:
    """Read what is asked of the log of a run with these steps.

    What was typed wrong is a problem and narrows nothing; raises `Invalid` or `NotFound` for what is in
    no list to choose from.
    """
    level, search = args.get("level", "all"), args.get("q", "").strip()
    loop, item = args.get("loop", "")[:40], args.get("item", "").strip()[:80]
    if level not in logs.LEVELS:
        raise Invalid("Choose what to show from the list", field="level")
    found = dict(_loops(plan))
    if loop and loop not in found:
        raise NotFound(_LOOP)
    if item and not loop and len(found) == 1:
        (loop,) = found
    keys = found[loop] if loop else ()
    numbers = [int(number) for number in re.findall(r"\d{1,5}", item)]
    if item and (not loop or not numbers or 0 in numbers):
        problem = Problem(_WHICH_LOOP, "loop") if numbers else Problem(_ITEM, "item")
        return Asked(Which(level, search, keys), loop, item, (problem,))
    position = ".".join(str(number - 1) for number in numbers)
    return Asked(Which(level, search, keys, position), loop, item)


def shown(connection: Connection, run: Run, log: Asked, before: int | None) -> dict[str, Any]:
    """Return what the template of the log needs."""
    lines: Sequence[Row[Any]] = logs.last(connection, run.row.id, log.which, before=before)
    return {
        "asked": log, "lines": lines, "has_earlier": len(lines) == logs.LINES,
        "level_counts": logs.counts(connection, run.row.id, log.which),
        "loops": [(key, run.names[key]) for key, _ in _loops(run.plan)], "problems": log.problems,
    }


def _loops(plan: Sequence[Step]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each loop with the keys of all steps inside it."""
    for one in walk(plan):
        if inner := one.step.get(STEPS):
            yield one.step["key"], tuple(placed.step["key"] for placed in walk(inner))
