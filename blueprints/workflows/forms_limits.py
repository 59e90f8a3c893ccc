"""The form of a workflow's settings: name, notes and limits, in the units people use."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from engine.domain.errors import Invalid, Problem
from engine.domain.workflows.definitions import parse_outline
from engine.domain.workflows.limits import priority_word, to_columns

LONGEST_NAME: Final = 120
UNITS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_NUMBERS: Final = ("max_concurrent", "rate_per_minute", "max_per_key", "retry_max_attempts")
_PLAIN_NAME: Final = re.compile(r"[^\W\d][\w.-]*")


def values_of(workflow: Row[Any]) -> dict[str, Any]:
    """Return the settings as the form shows them."""
    seconds = workflow.timeout_seconds
    unit = next(unit for unit in reversed(UNITS) if seconds % UNITS[unit] == 0)
    return {
        "name": workflow.name, "notes": workflow.notes,
        **{f"limits.{name}": _blank(getattr(workflow, name)) for name in _NUMBERS},
        "limits.timeout_seconds": seconds // UNITS[unit], "unit": unit,
        "limits.retry_backoff_ms": f"{workflow.retry_backoff_ms / 1000:g}",
        "limits.concurrency_key": _key_as_typed(workflow.concurrency_key or ""),
        "limits.priority": priority_word(workflow.priority),
    }


def name_from(form: Mapping[str, str]) -> str:
    """Read the name; raises `Invalid`."""
    name = " ".join(form.get("name", "").split())
    if not name:
        raise Invalid("Enter a name, like Morning sales report", field="name", code="missing")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"Enter {LONGEST_NAME} characters or fewer", field="name")
    return name


def changes_from(form: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """Read the form; raises `Invalid` with everything that has to be put right."""
    problems: list[Problem] = []
    limits: dict[str, Any] = {name: _whole(form, f"limits.{name}", 1, problems) for name in _NUMBERS}
    unit = UNITS.get(form.get("unit", ""), 1)
    limits["timeout_seconds"] = _whole(form, "limits.timeout_seconds", unit, problems)
    limits["retry_backoff_ms"] = _whole(form, "limits.retry_backoff_ms", 1000, problems)
    limits["concurrency_key"] = _key(form.get("limits.concurrency_key", "").strip())
    limits["priority"] = form.get("limits.priority") or None
    name = _attempt_name(form, problems)
    written = {"name": name, "notes": form.get("notes", "").replace("\r\n", "\n"),
               "limits": {name: value for name, value in limits.items() if value is not None}}
    try:
        outline = parse_outline(written, at=at)
    except Invalid as error:
        problems += [problem for problem in error.problems if problem.field not in _fields(problems)]
    if problems:
        raise Invalid(problems=problems)
    return {"name": outline.name, "notes": outline.notes, **to_columns(outline.limits.model_dump())}


def _key(typed: str) -> str | None:
    """The name of a value alone will do for a reference to it."""
    return f"{{{{ inputs.{typed} }}}}" if _PLAIN_NAME.fullmatch(typed) else typed or None


def _key_as_typed(template: str) -> str:
    name = template.removeprefix("{{").removesuffix("}}").strip().removeprefix("inputs.")
    return name if _key(name) == template else template


def _attempt_name(form: Mapping[str, str], problems: list[Problem]) -> str:
    try:
        return name_from(form)
    except Invalid as error:
        problems.extend(error.problems)
        return "-"


def _whole(form: Mapping[str, str], field: str, factor: int, problems: list[Problem]) -> int | None:
    """Read a number, times `factor`; None when it was left empty."""
    text = form.get(field, "").strip().replace(",", ".")
    try:
        return round(float(text) * factor) if text else None
    except (ValueError, OverflowError):
        problems.append(Problem("Enter a number, like 3", field))
        return None


def _fields(problems: list[Problem]) -> set[str | None]:
    return {problem.field for problem in problems}


def _blank(value: int | None) -> Any:
    return "" if value is None else value
