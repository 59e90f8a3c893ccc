"""Editing a list of steps as written: every function returns a new list."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from engine.domain import references
from engine.domain.definition_steps import RESERVED_KEYS
from engine.domain.errors import Invalid, NotFound

Step = Mapping[str, Any]
Steps = list[Step]
_LONGEST_KEY: Final = 40


def find(steps: Sequence[Step], key: str) -> Step:
    return steps[place_of(steps, key)]


def place_of(steps: Sequence[Step], key: str) -> int:
    """Return the index of a step; raises `NotFound`."""
    for index, step in enumerate(steps):
        if step.get("key") == key:
            return index
    raise NotFound("There is no such step any more.")


def inserted(steps: Sequence[Step], step: Step, after: int) -> Steps:
    """Put `step` behind the first `after` steps; a number that is too large means at the end."""
    return [*steps[:after], step, *steps[after:]]


def replaced(steps: Sequence[Step], key: str, step: Step) -> Steps:
    place = place_of(steps, key)
    return [*steps[:place], step, *steps[place + 1:]]


def removed(steps: Sequence[Step], key: str) -> Steps:
    place = place_of(steps, key)
    return [*steps[:place], *steps[place + 1:]]


def moved(steps: Sequence[Step], key: str, by: int) -> Steps:
    """Move a step `by` places, no further than the ends of the list."""
    place = place_of(steps, key)
    target = min(max(place + by, 0), len(steps) - 1)
    return inserted(removed(steps, key), steps[place], target)


def free_key(name: str, taken: Collection[str]) -> str:
    """Make a key of a name: "Get sales" gives `get_sales`, or `get_sales_2` where that is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    base = (words if words[:1].isalpha() else f"step_{words}".rstrip("_"))[:_LONGEST_KEY - 4].rstrip("_")
    used = {*taken, *RESERVED_KEYS}
    numbered = (f"{base}_{number}" for number in range(2, len(used) + 3))
    return next(key for key in (base, *numbered) if key not in used)


def using(steps: Sequence[Step], key: str) -> Steps:
    """Return the steps that take a value from the step `key`."""
    return [step for step in steps if key in _sources(step)]


def _sources(step: Step) -> set[str | None]:
    try:
        return {expression.step for expression in references.references(step.get("with", {}))}
    except Invalid:
        return set()
