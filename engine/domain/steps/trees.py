"""Steps that hold steps: one walk through the tree for all who need every step of a workflow."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Step = Mapping[str, Any]

STEPS: Final = "steps"
IF_FAILS: Final = "if_fails"
BLOCKS: Final = ("then", "otherwise", STEPS, IF_FAILS)
"""Settings of a step that hold steps; any step may have `if_fails`, its type says which others."""

MAX_DEPTH: Final = 3


@dataclass(frozen=True, slots=True)
class Placed:
    """A step and where it stands: `place` is dotted (`steps.2.then.0`), `number` counts within its block.

    `around` are the steps that hold it, outermost first, each with the name of the block.
    """

    step: Step
    place: str
    number: int
    around: tuple[tuple[Step, str], ...] = ()

    @property
    def depth(self) -> int:
        return len(self.around)

    @property
    def in_loop(self) -> bool:
        return any(block == STEPS for _, block in self.around)


def blocks_of(step: Step) -> Iterator[tuple[str, Sequence[Step]]]:
    """Yield the blocks of a step as written, leaving out what is no list of steps."""
    for name in BLOCKS:
        if isinstance(block := step.get(name), list):
            yield name, [inner for inner in block if isinstance(inner, Mapping)]


def walk(
    steps: Sequence[Step], place: str = STEPS, around: tuple[tuple[Step, str], ...] = ()
) -> Iterator[Placed]:
    """Yield every step in the order people read them, a step before what it holds."""
    for index, step in enumerate(steps):
        here = f"{place}.{index}"
        yield Placed(step, here, index + 1, around)
        for name, block in blocks_of(step):
            yield from walk(block, f"{here}.{name}", (*around, (step, name)))


def numbered(steps: Sequence[Step]) -> Iterator[tuple[str, Placed]]:
    """Walk with the number people see: 2, and 2.1, 2.2 for what step 2 holds, whichever the block."""
    counts, numbers = Counter[str](), {"": ""}
    for one in walk(steps):
        holder = one.place.rpartition(".")[0].rpartition(".")[0]
        counts[holder] += 1
        numbers[one.place] = f"{numbers[holder]}.{counts[holder]}".lstrip(".")
        yield numbers[one.place], one


def keys_inside(step: Step) -> list[str]:
    """Return the keys of the steps that `step` holds and that later steps may look into: none of a loop's."""
    return [
        key for name, block in blocks_of(step) if name != STEPS
        for inner in block for key in (str(inner.get("key", "")), *keys_inside(inner))
    ]
