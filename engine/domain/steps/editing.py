"""Editing steps as written, those inside other steps too: every function returns a new list."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.data import references
from engine.domain.errors import Invalid, NotFound
from engine.domain.steps.documents import RESERVED_KEYS
from engine.domain.steps.trees import BLOCKS, IF_FAILS, MAX_DEPTH, Placed, blocks_of, walk

Step = Mapping[str, Any]
Steps = list[Step]
END: Final = 10_000
_LONGEST_KEY: Final = 40
_GONE: Final = "There is no such step any more."


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for a step: the block `KEY.then` (the workflow itself: ""), behind its first `after` steps."""

    block: str = ""
    after: int = END


def find(steps: Sequence[Step], key: str) -> Step:
    """Return a step, wherever it stands; raises `NotFound`."""
    return placed(steps, key).step


def placed(steps: Sequence[Step], key: str) -> Placed:
    for one in walk(steps):
        if one.step.get("key") == key:
            return one
    raise NotFound(_GONE)


def keys_of(steps: Sequence[Step]) -> list[str]:
    return [str(one.step.get("key", "")) for one in walk(steps)]


def spot_of(steps: Sequence[Step], key: str) -> Spot:
    """Return where a step stands; raises `NotFound`."""
    one = placed(steps, key)
    return Spot(_block_around(one), one.number - 1)


def inserted(steps: Sequence[Step], step: Step, spot: Spot) -> Steps:
    """Put `step` there; a number that is too large means at the end. Raises `NotFound` for a lost block."""
    if not spot.block:
        return [*steps[:spot.after], step, *steps[spot.after:]]
    key, _, name = spot.block.partition(".")
    owner = find(steps, key)
    if name not in BLOCKS:
        raise NotFound(_GONE)
    block = dict(blocks_of(owner)).get(name, ())
    grown = [*block[:spot.after], step, *block[spot.after:]]
    return replaced(steps, key, {**owner, name: grown})


def replaced(steps: Sequence[Step], key: str, step: Step) -> Steps:
    find(steps, key)
    return _changed(steps, key, [step])


def removed(steps: Sequence[Step], key: str) -> Steps:
    """Take a step away, with all it holds."""
    find(steps, key)
    return _changed(steps, key, [])


def _changed(steps: Sequence[Step], key: str, instead: Steps) -> Steps:
    return [
        new for step in steps
        for new in (instead if step.get("key") == key else [_holding(step, key, instead)])
    ]


def _holding(step: Step, key: str, instead: Steps) -> Step:
    """Change what a step holds. A block that lost its last step goes, except one that was asked for."""
    blocks = {name: _changed(block, key, instead) for name, block in blocks_of(step)}
    emptied = {name for name, block in blocks.items() if not block and name != IF_FAILS}
    return {name: value for name, value in {**step, **blocks}.items() if name not in emptied}


def moved(steps: Sequence[Step], key: str, by: int, blocks: Callable[[Step], Sequence[str]]) -> Steps:
    """Move a step one place up (-1) or down (1) in reading order: past a neighbour, into it, or out.

    `blocks` names those a step may hold. At either end of the workflow nothing moves.
    """
    one = placed(steps, key)
    rest = removed(steps, key)
    neighbours = _block(steps, _block_around(one))
    at = one.number - 1 + by
    if 0 <= at < len(neighbours):
        beside = neighbours[at]
        entered = _entered(beside, by, blocks) if _fits(one, 1) else None
        return inserted(rest, one.step, entered or Spot(_block_around(one), max(at, 0)))
    out = _left(steps, one, by, blocks)
    return inserted(rest, one.step, out) if out else list(steps)


def _entered(step: Step, by: int, blocks: Callable[[Step], Sequence[str]]) -> Spot | None:
    names = blocks(step)
    if not names:
        return None
    return Spot(f"{step.get('key')}.{names[0]}", 0) if by > 0 else Spot(f"{step.get('key')}.{names[-1]}")


def _left(
    steps: Sequence[Step], one: Placed, by: int, blocks: Callable[[Step], Sequence[str]]
) -> Spot | None:
    """Return the place behind the end of a block: in the next block of the same step, or outside of it."""
    if not one.around:
        return None
    owner, name = one.around[-1]
    names = list(blocks(owner))
    index = names.index(name) + by if name in names else -1
    if 0 <= index < len(names):
        return Spot(f"{owner.get('key')}.{names[index]}", 0 if by > 0 else END)
    outside = spot_of(steps, str(owner.get("key")))
    return Spot(outside.block, outside.after + (by > 0))


def _fits(one: Placed, deeper: int) -> bool:
    """Whether a step can stand that much deeper with all it holds."""
    inner = max((inside.depth for inside in walk([one.step])), default=0)
    return one.depth + deeper + inner <= MAX_DEPTH


def _block(steps: Sequence[Step], block: str) -> Sequence[Step]:
    key, _, name = block.partition(".")
    return dict(blocks_of(find(steps, key))).get(name, ()) if block else steps


def _block_around(one: Placed) -> str:
    return ".".join((str(one.around[-1][0].get("key")), one.around[-1][1])) if one.around else ""


def free_key(name: str, taken: Collection[str]) -> str:
    """Make a key of a name: "Get sales" gives `get_sales`, or `get_sales_2` where that is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    base = (words if words[:1].isalpha() else f"step_{words}".rstrip("_"))[:_LONGEST_KEY - 4].rstrip("_")
    used = {*taken, *RESERVED_KEYS}
    numbered = (f"{base}_{number}" for number in range(2, len(used) + 3))
    return next(key for key in (base, *numbered) if key not in used)


def using(steps: Sequence[Step], key: str) -> Steps:
    """Return the steps that take a value from the step `key`, or from one it holds."""
    gone = {*keys_of([find(steps, key)])}
    return [one.step for one in walk(removed(steps, key)) if gone & _sources(one.step)]


def _sources(step: Step) -> set[str | None]:
    try:
        return {expression.step for expression in references.references(step.get("with", {}))}
    except Invalid:
        return set()
