"""What a step can look into where it stands; the counterpart of what `checks` refuses."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from engine.domain.steps.trees import STEPS, blocks_of

Step = Mapping[str, Any]


class Reached(NamedTuple):
    """A step that can be looked into. `inside` is the block of it in which the one who looks stands."""

    step: Step
    inside: str = ""


def reached(steps: Sequence[Step], key: str) -> list[Reached]:
    """Return what the step `key` can look into, in reading order; nothing when there is no such step."""
    return _seek(steps, key, []) or []


def _seek(steps: Sequence[Step], key: str, known: list[Reached]) -> list[Reached] | None:
    for step in steps:
        if step.get("key") == key:
            return known
        for name, block in blocks_of(step):
            found = _seek(block, key, [*known, Reached(step, name)])
            if found is not None:
                return found
        known = [*known, Reached(step), *_given_by(step)]
    return None


def _given_by(step: Step) -> list[Reached]:
    """A finished step gives what its inner steps gave; a loop has only results of its own."""
    return [
        each for name, block in blocks_of(step) if name != STEPS
        for inner in block for each in (Reached(inner), *_given_by(inner))
    ]
