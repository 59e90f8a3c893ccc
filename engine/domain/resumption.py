"""What of an ended run is kept when another run goes on where it stopped."""

from collections.abc import Collection, Sequence

from engine.domain.step_trees import BLOCKS, IF_FAILS, Step, keys_inside, walk

CONTINUE = "continue"


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


def _has(step: Step, finished: Collection[str]) -> bool:
    return any(placed.step["key"] in finished for placed in walk([step]))


def _is_same(old: Step, new: Step | None, finished: Collection[str]) -> bool:
    if new is None or any(old.get(part) != new.get(part) for part in ("key", "type", "with")):
        return False
    return all(first_changed(old.get(name) or (), new.get(name) or (), finished) is None for name in BLOCKS)
