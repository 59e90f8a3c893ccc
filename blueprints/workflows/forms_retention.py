"""The form for how long history is kept; what is left empty is as usual."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from engine.domain.data.validation import problems_of
from engine.domain.errors import Invalid, Problem
from engine.domain.workflows.retention import Keep, Retention

_PREFIX: Final = "retention."
_NAMES: Final = tuple(Retention.model_fields)


def values_of(own: Mapping[str, int]) -> dict[str, Any]:
    return {f"{_PREFIX}{name}": own.get(name, "") for name in _NAMES}


def usual_words(keep: Keep) -> dict[str, str]:
    """Return what an empty field stands for."""
    return {f"{_PREFIX}{name}": f"{getattr(keep, name):,}" for name in _NAMES}


def read(form: Mapping[str, str]) -> Retention:
    """Read the form; raises `Invalid` with everything that has to be put right."""
    written: dict[str, int] = {}
    problems: list[Problem] = []
    for name in _NAMES:
        text = form.get(f"{_PREFIX}{name}", "").strip().replace(",", "")
        if text.isdecimal():
            written[name] = int(text[:12])
        elif text:
            problems.append(Problem("Enter a whole number, like 30", f"{_PREFIX}{name}"))
    try:
        rule = Retention.model_validate(written)
    except ValidationError as error:
        found = problems_of(error, written, Retention)
        problems += [Problem(one.message, f"{_PREFIX}{one.field}", one.code) for one in found]
    if problems:
        raise Invalid(problems=problems)
    return rule
