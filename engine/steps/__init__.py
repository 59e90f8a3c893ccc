"""The step types, one file each. A file put here is a type; there is nothing to register."""

import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from engine.domain.steps.trees import walk
from engine.steps._base import StepType


@cache
def registry() -> dict[str, StepType[Any]]:
    """Every step type by its key."""
    return {step_type.key: step_type for step_type in map(_load, _modules())}


def name_of(step: Mapping[str, Any]) -> str:
    """Return what people call a step, as it is written: its name, else what its type is called."""
    kind = registry().get(str(step.get("type")))
    return str(step.get("name") or (kind.name if kind else step.get("type") or "Step"))


def names_of(steps: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what people call each of these steps, and those inside them, by key."""
    return {str(one.step.get("key")): name_of(one.step) for one in walk(steps)}


def told_apart(steps: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Like `names_of`, for runs: sentences about them name one step alone, so those without a name that would
    be called alike have their keys behind."""
    found = [(str(one.step.get("key")), name_of(one.step), bool(one.step.get("name"))) for one in walk(steps)]
    labels = Counter(name for _, name, is_named in found if not is_named)
    return {key: name if is_named or labels[name] < 2 else f"{name} ({key})" for key, name, is_named in found}


def _modules() -> list[str]:
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in names if not name.startswith("_"))


def _load(name: str) -> StepType[Any]:
    """Make the one type a file holds; its key is the name of the file."""
    module = importlib.import_module(f"{__name__}.{name}")
    (kind,) = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, StepType) and kind.__module__ == module.__name__
    ]
    step_type: StepType[Any] = kind()
    return step_type
