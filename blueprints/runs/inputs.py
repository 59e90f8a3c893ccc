"""The form for the data a run starts with: a field per value, read back as the kind of value it was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from sqlalchemy import Connection

from engine.domain.errors import Invalid, Problem
from engine.queries.workflows import workflows

PREFIX = "inputs."


@dataclass(frozen=True)
class InputField:
    """`kind` is text, number, yes_no or json; `value` is what stands in the field."""

    key: str
    kind: str
    value: str

    @property
    def name(self) -> str:
        return PREFIX + self.key


def usual(connection: Connection, workflow_id: str) -> dict[str, Any]:
    """Return the data a workflow starts with when somebody presses Run now."""
    starts = workflows.triggers(connection, workflow_id)
    found = (start.inputs for start in starts if start.kind == "manual" and start.enabled)
    return next(found, {})


def fields(usual: Mapping[str, Any], typed: Mapping[str, str] | None = None) -> list[InputField]:
    """Return a field per usual value, holding what was typed if anything was."""
    return [
        InputField(key, _kind(value), (typed or {}).get(PREFIX + key, _written(value)))
        for key, value in usual.items()
    ]


def read(usual: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the values to start with; what the form does not have stays as usual. Raises `Invalid`."""
    values, problems = dict(usual), []
    for field in fields(usual, typed):
        try:
            values[field.key] = _value(field)
        except ValueError:
            problems.append(Problem(_HINTS[field.kind], field.name))
    if problems:
        raise Invalid(problems=problems)
    return values


_YES_NO = ("yes", "no")
_HINTS = {
    "number": "Enter a number, like 20 or 12.5", "yes_no": "Choose yes or no",
    "json": "Enter data as JSON, like [\"Ann\", \"Bob\"]",
}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes_no"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "json"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(field: InputField) -> Any:
    match field.kind:
        case "yes_no":
            return _YES_NO.index(field.value) == 0
        case "number":
            return int(field.value) if field.value.lstrip("-").isdecimal() else _finite(field.value)
        case "json":
            return json.loads(field.value, parse_constant=_refuse)
    return field.value


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
