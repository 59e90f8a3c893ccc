"""The form of a step type, read off its settings model: one model, one form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from engine.steps._base import StepType


@dataclass(frozen=True, slots=True)
class Field:
    """One form field. `name` is also its key in the document; `advanced`: under More options."""

    name: str
    label: str
    help: str
    control: str
    choices: tuple[tuple[str, str], ...]
    default: Any
    required: bool
    advanced: bool


def fields(step_type: StepType[Any]) -> list[Field]:
    return [_field(name, info) for name, info in step_type.Settings.model_fields.items()]


def _field(name: str, info: FieldInfo) -> Field:
    hints = info.json_schema_extra if isinstance(info.json_schema_extra, Mapping) else {}
    choices = _choices(info, hints)
    return Field(
        name=info.alias or name,
        label=info.title or name,
        help=info.description or "",
        control=str(hints.get("control") or _control(info, bool(choices))),
        choices=choices,
        default=None if info.is_required() else info.get_default(call_default_factory=True),
        required=info.is_required(),
        advanced=bool(hints.get("advanced")),
    )


def _choices(info: FieldInfo, hints: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    named = hints.get("choices")
    if isinstance(named, Mapping) and named:
        return tuple((str(value), str(label)) for value, label in named.items())
    if get_origin(info.annotation) is Literal:
        return tuple((str(value), str(value)) for value in get_args(info.annotation))
    return ()


def _control(info: FieldInfo, has_choices: bool) -> str:
    if has_choices:
        return "select"
    if info.annotation is bool:
        return "checkbox"
    return "number" if info.annotation in (int, float) else "text"
