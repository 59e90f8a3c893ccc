"""What changed between two lists of steps, in words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from blueprints.shown.steps import Step, block_title, in_words, line_of, warning_in_words
from engine.domain.data.values import as_text
from engine.domain.steps.differences import Difference, Where, differences
from engine.steps import name_of, names_of, registry
from engine.steps._forms import fields

_SIGNS: Final = {"added": "+", "removed": "–", "moved": "↕", "changed": "~"}
_COMMON: Final = {
    "name": "name", "on_failure": "if it fails", "timeout_seconds": "time limit in seconds",
    "retry.max_attempts": "tries", "retry.backoff_ms": "first wait in milliseconds",
    "warn_if": "warns if", "warn_after_seconds": "warns if it takes longer than, in seconds",
}
_ENDINGS: Final = {"stop": "stop the run", "continue": "go on with the next step"}
_SHORT: Final = 120


def changes_in_words(old: Sequence[Step], new: Sequence[Step]) -> list[dict[str, str]]:
    """Return what changed between two versions: sign, step, setting, before and after, in words."""
    names = names_of([*old, *new])
    return [_change(difference, names) for difference in differences(old, new)]


def setting_in_words(step: Step, setting: str, names: Mapping[str, str]) -> tuple[str, str]:
    """Return what the form calls a setting, dotted like `with.headers.Accept`, and what stands in it."""
    group, name, *_ = setting.split(".")
    whole, inner = step.get(group, {}).get(name), setting[len(f"{group}.{name}."):]
    if isinstance(whole, Mapping) and inner in whole:
        return _label(step, f"{group}.{name}", inner), _cut(whole[inner], names)
    return _label(step, f"{group}.{name}"), _cut(whole, names)


def _change(difference: Difference, names: Mapping[str, str]) -> dict[str, str]:
    step, before, after = difference.step, difference.before, difference.after
    said = {"kind": difference.kind, "sign": _SIGNS[difference.kind], "step": name_of(step)}
    if difference.kind == "moved":
        inside = before.around != after.around
        return said | {"before": _place(before, inside=inside), "after": _place(after, inside=inside)}
    if difference.kind == "added":
        return said | {"line": line_of(step, names), "after": _place(after) if after.holder else ""}
    if difference.kind == "removed":
        return said
    return said | {
        "setting": _label(step, difference.setting), "before": _value(before, difference, names),
        "after": _value(after, difference, names),
    }


def _place(where: Where, *, inside: bool = True) -> str:
    """Say "step 3", or "step 3.1, in “Otherwise” of Check sales"."""
    if where.holder is None or not inside:
        return f"step {where.number}"
    return f"step {where.number}, in “{block_title(where.holder, where.block)}” of {name_of(where.holder)}"


def _label(step: Step, setting: str, inner: str = "") -> str:
    known = {f"with.{field.name}": field.label for field in _fields(step)}
    return " › ".join(filter(None, [known.get(setting) or _COMMON.get(setting, setting), inner]))


def _value(value: Any, difference: Difference, names: Mapping[str, str]) -> str:
    if value in (None, "", []):
        return "(empty)"
    if difference.setting == "on_failure":
        return _ENDINGS.get(value, str(value))
    if difference.setting == "warn_if" and isinstance(value, list):
        return "; ".join(map(warning_in_words, value))
    for field in _fields(difference.step):
        if difference.setting == f"with.{field.name}" and str(value) in dict(field.choices):
            return str(dict(field.choices)[str(value)])
    return _cut(value, names)


def _cut(value: Any, names: Mapping[str, str]) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else as_text(value)
    said = in_words(text, names)
    return said if len(said) <= _SHORT else f"{said[:_SHORT]}…"


def _fields(step: Step) -> Sequence[Any]:
    kind = registry().get(str(step.get("type")))
    return fields(kind) if kind else ()
