"""The form of a step type, read off its settings model: one model, one form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from engine.domain.data.values import as_text, number_or_none
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


def read(step_type: StepType[Any], posted: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Settings as posted by the form of `fields`, to be stored as written.

    What was left blank is left out, so that defaults apply. A `key_values` field posts its
    names as `<name>.key` and its values as `<name>.value`, in the same order.
    """
    settings: dict[str, Any] = {}
    for field in fields(step_type):
        value = _posted(field, posted)
        is_blank = value in ("", {}, []) and field.control != "checkbox"
        if not is_blank and value != field.default and value != written(field, {}):
            settings[field.name] = value
    return settings


def _posted(field: Field, posted: Mapping[str, Sequence[str]]) -> Any:
    entries = [text.strip() for text in posted.get(field.name, ())]
    if field.control == "key_values":
        names = posted.get(f"{field.name}.key", ())
        values = posted.get(f"{field.name}.value", ())
        pairs = zip(names, values, strict=False)
        return {name.strip(): value for name, value in pairs if name.strip()}
    if field.control == "list":
        return [entry for entry in entries if entry]
    if field.control == "checkbox":
        return bool(entries)
    text = entries[0] if entries else ""
    return _number(text) if field.control == "number" else text


def _number(text: str) -> Any:
    """A number, or the text as it is: a reference, or something to be told about."""
    number = number_or_none(text)
    if number is None:
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def written(field: Field, settings: Mapping[str, Any]) -> str:
    """The text a field shows for settings as written: groups as JSON, the rest as people write."""
    value = settings.get(field.name, field.default)
    in_one_line = field.control == "text" and isinstance(value, list) and all(
        isinstance(item, str) and "," not in item for item in value
    )
    if isinstance(value, (Mapping, list)) and not in_one_line:
        return json.dumps(value, ensure_ascii=False, indent=2)
    return as_text(value)
