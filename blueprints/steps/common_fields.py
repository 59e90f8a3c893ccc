"""What the form of every kind of step has: tries, time limit, what follows a failure, what is unusual."""

from collections.abc import Mapping
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from blueprints.shown.steps import group_of
from engine.domain.data.conditions import COMPARISONS
from engine.domain.data.values import as_text
from engine.domain.steps.editing import Step
from engine.domain.steps.trees import BLOCKS, IF_FAILS

FIELDS: Final = ("retry.max_attempts", "timeout_seconds", "warn_if", "warn_after_seconds")
_COMPARISONS: Final = (("", "Choose…"), *((word, one.label) for word, one in COMPARISONS.items()))
_SPARE_ROWS: Final = 2


def read(form: MultiDict[str, str]) -> dict[str, Any]:
    """Read the common settings as written; what was left blank is left out."""
    step: dict[str, Any] = {}
    if tries := form.get("retry.max_attempts", "").strip():
        step["retry"] = {"max_attempts": _whole(tries)}
    for name in ("timeout_seconds", "warn_after_seconds"):
        if seconds := form.get(name, "").strip():
            step[name] = _whole(seconds)
    if form.get("on_failure") == "continue":
        step["on_failure"] = "continue"
    if rows := _warnings(form):
        step["warn_if"] = rows
    if form.get(IF_FAILS):
        step[IF_FAILS] = []
    return step


def keep_hidden(step: dict[str, Any], before: Step) -> dict[str, Any]:
    """Carry over what the form does not show: the wait between tries, and the steps inside."""
    wait = group_of(before, "retry").get("backoff_ms")
    if wait is not None:
        step["retry"] = {**step.get("retry", {}), "backoff_ms": wait}
    return step | {name: before[name] for name in BLOCKS if before.get(name)}


def shown(step: Step) -> dict[str, Any]:
    """Return what stands in the common fields."""
    retry = group_of(step, "retry")
    written = [row for row in step.get("warn_if") or () if isinstance(row, Mapping)]
    rows = [(row.get("value", ""), row.get("is", ""), as_text(row.get("right"))) for row in written]
    return {
        "tries": retry.get("max_attempts", ""), "warnings": [*rows, *[("", "", "")] * _SPARE_ROWS],
        "comparisons": _COMPARISONS, "holds_failure_steps": bool(step.get(IF_FAILS)),
    }


def _warnings(form: MultiDict[str, str]) -> list[dict[str, Any]]:
    columns = (form.getlist(f"warn_if.{name}") for name in ("value", "is", "right"))
    rows = [[text.strip() for text in row] for row in zip(*columns, strict=False)]
    return [_warning(*row) for row in rows if any(row)]


def _warning(value: str, word: str, right: str) -> dict[str, Any]:
    row: dict[str, Any] = {"value": value} if value else {}
    row["is"] = word
    if word in COMPARISONS and not COMPARISONS[word].needs_right:
        return row
    is_pair = word == "between"
    return row | {"right": [part.strip() for part in right.split(",")] if is_pair else right}


def _whole(text: str) -> Any:
    """A number, or the text as it is, to be told about."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
