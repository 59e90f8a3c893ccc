"""Steps as pages show them: named, described in one line, compared in words."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from engine.domain import durations
from engine.domain.differences import Difference, differences
from engine.domain.errors import Problem
from engine.domain.values import as_text
from engine.steps import registry
from engine.steps._forms import fields

Step = Mapping[str, Any]
_REFERENCE: Final = re.compile(r"{{\s*([^{}|]+?)\s*(?:\|[^{}]*)?}}")
_SIGNS: Final = {"added": "+", "removed": "–", "moved": "↕", "changed": "~"}
_COMMON: Final = {
    "name": "name", "on_failure": "if it fails", "timeout_seconds": "time limit in seconds",
    "retry.max_attempts": "tries", "retry.backoff_ms": "first wait in milliseconds",
}
_ENDINGS: Final = {"stop": "stop the run", "continue": "go on with the next step"}
_SHORT: Final = 120


@dataclass(frozen=True)
class Card:
    """One step of a list. `problems` have fields relative to the step, like `with.url`."""

    number: int
    key: str
    name: str
    icon: str
    kind: str
    line: str
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]


def cards(steps: Sequence[Step], problems: Sequence[Problem] = ()) -> list[Card]:
    return [_card(number, step, steps, problems_of(problems, number - 1))
            for number, step in enumerate(steps, start=1)]


def problems_of(problems: Sequence[Problem], index: int) -> tuple[Problem, ...]:
    """Return the problems of one step, with fields relative to it."""
    prefix = f"steps.{index}"
    return tuple(
        Problem(problem.message, (problem.field or "").removeprefix(prefix).lstrip(".") or None, problem.code)
        for problem in problems
        if problem.field == prefix or (problem.field or "").startswith(prefix + ".")
    )


def name_of(step: Step) -> str:
    kind = registry().get(str(step.get("type")))
    return str(step.get("name") or (kind.name if kind else step.get("type") or "Step"))


def line_of(step: Step, steps: Sequence[Step]) -> str:
    """Describe a step in one line, with the values of other steps by name."""
    kind = registry().get(str(step.get("type")))
    if kind is None:
        return "This kind of step is not known here."
    return in_words(kind.describe(step.get("with", {})), steps)


def in_words(text: str, steps: Sequence[Step]) -> str:
    """Say "Get sales › rows" for `{{ steps.get_sales.rows }}`."""
    names = {step.get("key"): name_of(step) for step in steps}

    def said(found: re.Match[str]) -> str:
        root, *path = found[1].split(".")
        if root == "steps" and path:
            path[0] = names.get(path[0], path[0])
        return " › ".join(path) if path else root

    return _REFERENCE.sub(said, text)


def changes_in_words(old: Sequence[Step], new: Sequence[Step]) -> list[dict[str, str]]:
    """Return what changed between two versions: sign, step, setting, before and after, in words."""
    every = [*old, *new]
    return [_change(difference, every) for difference in differences(old, new)]


def _change(difference: Difference, steps: Sequence[Step]) -> dict[str, str]:
    said = {"kind": difference.kind, "sign": _SIGNS[difference.kind], "step": name_of(difference.step)}
    if difference.kind == "moved":
        return said | {"before": str(difference.before), "after": str(difference.after)}
    if difference.kind != "changed":
        return said | {"line": line_of(difference.step, steps)}
    return said | {
        "setting": _label(difference), "before": _value(difference.before, difference, steps),
        "after": _value(difference.after, difference, steps),
    }


def _label(difference: Difference) -> str:
    known = {f"with.{field.name}": field.label for field in _fields(difference.step)}
    return known.get(difference.setting) or _COMMON.get(difference.setting, difference.setting)


def _value(value: Any, difference: Difference, steps: Sequence[Step]) -> str:
    if value is None or value == "":
        return "(empty)"
    if difference.setting == "on_failure":
        return _ENDINGS.get(value, str(value))
    for field in _fields(difference.step):
        if difference.setting == f"with.{field.name}" and str(value) in dict(field.choices):
            return str(dict(field.choices)[str(value)])
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else as_text(value)
    said = in_words(text, steps)
    return said if len(said) <= _SHORT else f"{said[:_SHORT]}…"


def _fields(step: Step) -> Sequence[Any]:
    kind = registry().get(str(step.get("type")))
    return fields(kind) if kind else ()


def _card(number: int, step: Step, steps: Sequence[Step], problems: tuple[Problem, ...]) -> Card:
    kind = registry().get(str(step.get("type")))
    return Card(
        number=number, key=str(step.get("key", "")), name=name_of(step), problems=problems,
        icon=kind.icon if kind else "circle-help", kind=kind.name if kind else str(step.get("type")),
        line=line_of(step, steps), notes=tuple(_notes(step)),
    )


def _notes(step: Step) -> list[str]:
    """What is special about a step: its own tries, its time limit, what follows a failure."""
    notes, retry = [], step.get("retry") or {}
    if (tries := retry.get("max_attempts")) is not None:
        notes.append("Tried once" if tries <= 1 else f"Tried up to {tries} times")
    if seconds := step.get("timeout_seconds"):
        is_number = isinstance(seconds, int)
        notes.append(f"At most {durations.in_words(timedelta(seconds=seconds)) if is_number else seconds}")
    if step.get("on_failure") == "continue":
        notes.append("If it fails, the run goes on")
    return notes
