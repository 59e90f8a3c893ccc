"""Turning what pydantic found into sentences that say what to do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.domain.data.expressions import OPENING
from engine.domain.data.references import did_you_mean
from engine.domain.errors import Problem


def problems_of(
    error: ValidationError, document: Any, model: type[BaseModel], *,
    prefix: str = "", with_references: bool = False,
) -> list[Problem]:
    """Every problem with its dotted field. `with_references` forgives texts still to be filled."""
    return [
        Problem(
            _sentence(detail, model),
            ".".join(filter(None, [prefix, *map(str, detail["loc"])])),
            "missing" if detail["type"] == "missing" else "invalid",
        )
        for detail in error.errors(include_url=False)
        if not (with_references and _holds_reference(document, detail["loc"]))
    ]


def _holds_reference(document: Any, place: Sequence[int | str]) -> bool:
    for segment in place:
        if isinstance(document, Mapping) and segment in document:
            document = document[segment]
        if isinstance(document, list) and isinstance(segment, int):
            document = document[segment]
    return isinstance(document, str) and OPENING in document


def _sentence(detail: ErrorDetails, model: type[BaseModel]) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), model, nested=len(detail["loc"]) > 1)
    label = _label(detail["loc"], model)
    context = detail.get("ctx", {})
    if "error" in context:
        return str(context["error"])
    write = _SENTENCES.get(detail["type"])
    return write(label, context) if write else f"{label} can't be used as it is."


def _unknown(name: str, model: type[BaseModel], *, nested: bool) -> str:
    if nested:
        return f"“{name}” is not known here. Remove it."
    known = [field.alias or key for key, field in model.model_fields.items()]
    hint = did_you_mean(name, known) or f" There are: {', '.join(known)}."
    return f"There is no “{name}” here.{hint}"


def _label(place: Sequence[int | str], model: type[BaseModel]) -> str:
    for key, field in model.model_fields.items():
        if len(place) == 1 and place[0] in (field.alias, key):
            return f"“{field.title or place[0]}”"
    return f"“{'.'.join(map(str, place))}”"


_SENTENCES: Final[dict[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "missing": lambda label, _: f"Fill in {label}.",
    "string_type": lambda label, _: f"{label} must be text.",
    "string_too_short": lambda label, _: f"Fill in {label}.",
    "string_too_long": lambda label, ctx: f"{label} can have {ctx['max_length']:,} characters.",
    "string_pattern_mismatch": lambda label, _: f"{label} has characters that can't be used here.",
    "int_type": lambda label, _: f"{label} must be a whole number.",
    "int_parsing": lambda label, _: f"{label} must be a whole number.",
    "int_from_float": lambda label, _: f"{label} must be a whole number.",
    "float_type": lambda label, _: f"{label} must be a number.",
    "float_parsing": lambda label, _: f"{label} must be a number.",
    "bool_type": lambda label, _: f"{label} must be yes or no.",
    "bool_parsing": lambda label, _: f"{label} must be yes or no.",
    "literal_error": lambda label, ctx: f"{label} must be one of: {_plain(ctx['expected'])}.",
    "greater_than_equal": lambda label, ctx: f"{label} must be {ctx['ge']} or more.",
    "less_than_equal": lambda label, ctx: f"{label} must be {ctx['le']:,} or less.",
    "dict_type": lambda label, _: f"{label} must be names with values.",
    "mapping_type": lambda label, _: f"{label} must be names with values.",
    "model_type": lambda label, _: f"{label} must be names with values.",
    "list_type": lambda label, _: f"{label} must be a list.",
    "too_long": lambda label, ctx: f"{label} can have {ctx['max_length']} entries.",
    "too_short": lambda label, _: f"Fill in {label}.",
}


def _plain(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")
