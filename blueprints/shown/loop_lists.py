"""The list a loop goes through, found again from what was kept: nothing of it is stored twice."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from blueprints.shown.steps import Step, group_of
from engine.domain.data import references
from engine.domain.data.masking import MASK
from engine.domain.data.values import as_text
from engine.domain.errors import Invalid, StepFailed
from engine.domain.steps import editing
from engine.domain.steps.trees import STEPS
from engine.queries.runs.whole import Run
from engine.steps import registry

_LONGEST: Final = 60


def listed(loop: Step, scope: Mapping[str, Any]) -> list[Any]:
    """Return the list as far as `scope` gives it; else nothing."""
    kind, written = registry().get(str(loop.get("type"))), group_of(loop, "with")
    try:
        items = references.resolve((kind.unpack(written) if kind else written).get("list"), scope)
    except (Invalid, StepFailed):
        return []
    return items if isinstance(items, list) else []


def items_of(run: Run, key: str, position: str) -> Sequence[Any]:
    """Return the items of the loop `key` that stands at `position` in a run; nothing if they are not kept."""
    one = editing.placed(run.plan, key)
    scope: dict[str, Any] = {
        "steps": {name: row.output for name, row in run.steps.items()}, "inputs": run.row.input,
    }
    around = [loop for loop, block in one.around if block == STEPS]
    for loop, index in zip(around, position.split(".") if position else (), strict=False):
        items = listed(loop, scope)
        if int(index) >= len(items):
            return ()
        scope["item"] = items[int(index)]
    return listed(one.step, scope)


def name_of_item(item: Any) -> str:
    """Say what an item, as people see it, is in a few words: itself, or one of its fields.

    A text says more than a number; Postgres does not keep the order of fields.
    """
    if isinstance(item, Mapping):
        plain = [value for value in item.values() if isinstance(value, str | int | float)]
        item = next(iter(sorted(filter(_says, plain), key=lambda value: not isinstance(value, str))), "")
    text = "" if isinstance(item, list) else as_text(item)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _says(value: Any) -> bool:
    return value not in ("", MASK)
