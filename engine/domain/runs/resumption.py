"""What of an ended run is kept when another run goes on where it stopped."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from engine.domain.data import references
from engine.domain.steps.trees import BLOCKS, IF_FAILS, STEPS, Placed, Step, keys_inside, walk

CONTINUE: Final = "continue"
RESUME: Final = "resume"
SKIP: Final = "skip"
GO_ON: Final = (RESUME, SKIP)
"""How a run repeats another one when it starts with what is finished there."""

Place = tuple[str, str]
"""A step of a run: its key, and its position in loops."""


def forgiven(steps: Sequence[Step]) -> set[str]:
    """Return the steps whose failure does not stop the run."""
    return {placed.step["key"] for placed in walk(steps) if placed.step.get("on_failure") == CONTINUE}


def after_failures(steps: Sequence[Step]) -> set[str]:
    """Return the steps done because another one stopped the run; that one goes again, and so would they."""
    return {
        key for placed in walk(steps) if placed.step.get("on_failure") != CONTINUE
        for inner in placed.step.get(IF_FAILS) or () for key in (inner["key"], *keys_inside(inner))
    }


def first_changed(old: Sequence[Step], new: Sequence[Step], finished: Collection[str]) -> int | None:
    """Return the number of the first step of `old` with something finished that `new` has otherwise."""
    for index, step in enumerate(old):
        counterpart = new[index] if index < len(new) else None
        if _has(step, finished) and not _is_same(step, counterpart, finished):
            return index + 1
    return None


def culprits(steps: Sequence[Step], failed: Collection[Place]) -> list[Place]:
    """Return the steps that a run failed with, in reading order: the innermost ones, several where a
    loop does several items at once."""
    forgives = forgiven(steps)
    found: list[Place] = []
    for placed in walk(steps):
        key = placed.step["key"]
        for position in sorted(position for failing, position in failed if failing == key):
            around = list(_around(placed, position))
            if key not in forgives and all(
                place in failed and (place[0] in forgives) == (block == IF_FAILS) for place, block in around
            ):
                holders = [place for place, _ in around]
                found = [one for one in found if one not in holders] + [(key, position)]
    return found


def leaning_on(step: Step, given_by: Collection[str], verbatim: Collection[str]) -> bool:
    """Whether the settings of a step name a value of one of these steps."""
    written = references.fillable(step.get("with") or {}, verbatim)
    return any(expression.step in given_by for expression in references.references(written))


def _around(placed: Placed, position: str) -> Iterator[tuple[Place, str]]:
    """Yield what holds a step at this position, innermost first, each with the name of the block."""
    for holder, block in reversed(placed.around):
        if block == STEPS:
            position = position.rpartition(".")[0]
        yield (holder["key"], position), block


def _has(step: Step, finished: Collection[str]) -> bool:
    return any(placed.step["key"] in finished for placed in walk([step]))


def _is_same(old: Step, new: Step | None, finished: Collection[str]) -> bool:
    if new is None or any(old.get(part) != new.get(part) for part in ("key", "type", "with")):
        return False
    return all(first_changed(old.get(name) or (), new.get(name) or (), finished) is None for name in BLOCKS)
