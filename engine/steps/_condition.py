"""A value, a comparison and a value: the settings of every step that asks whether something is so."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, model_validator

from engine.domain.data.conditions import COMPARISONS, holds, in_words
from engine.domain.data.references import did_you_mean
from engine.domain.data.stand_ins import are_in
from engine.steps._base import StepContext, StepSettings, setting

IN_DOUBT: Final = {"result": True, "undecided": True}
"""What comes out in a dry run where only the real answer can decide."""


def _known(word: str) -> str:
    if word not in COMPARISONS:
        hint = did_you_mean(word, COMPARISONS) or f" There are: {', '.join(COMPARISONS)}."
        raise ValueError(f"There is no comparison “{word}”.{hint}")
    return word


class ConditionSettings(StepSettings):
    left: Any = setting(label="Value", control="text")
    comparison: Annotated[str, AfterValidator(_known)] = setting(
        label="Comparison", control="select", alias="is",
        choices={word: comparison.label for word, comparison in COMPARISONS.items()},
    )
    right: Any = setting(None, label="Compared with", control="text",
                         help="Two values separated by a comma for “is between”")

    @model_validator(mode="after")
    def _has_a_right_side(self) -> Self:
        if COMPARISONS[self.comparison].needs_right and "right" not in self.model_fields_set:
            raise ValueError("Say what to compare with, in “right”.")
        return self


def answer(context: StepContext, settings: ConditionSettings) -> dict[str, Any]:
    """Say whether it is so, and what was compared."""
    word, right = settings.comparison, settings.right
    if word == "between" and isinstance(right, str):
        right = [part.strip() for part in right.split(",")]
    result = holds(settings.left, word, right, timezone=context.timezone)
    return {"result": result, "left": settings.left, "right": right}


def undecided(filled: Mapping[str, Any]) -> str:
    """Begin the sentence that says why a dry run can't decide this; nothing when it can."""
    left, right = filled.get("left"), filled.get("right")
    if not are_in([left, right]):
        return ""
    return f"With a stand-in nobody can tell whether {in_words(left, str(filled.get('is')), right)}"
