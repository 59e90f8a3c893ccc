"""Go on only when a condition holds; otherwise the run ends well, here."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, model_validator

from engine.domain.conditions import COMPARISONS, holds, in_words
from engine.domain.references import did_you_mean
from engine.steps._base import (
    EndRun,
    Finished,
    Outcome,
    StepContext,
    StepSettings,
    StepType,
    Text,
    setting,
)


def _known(word: str) -> str:
    if word not in COMPARISONS:
        hint = did_you_mean(word, COMPARISONS) or f" There are: {', '.join(COMPARISONS)}."
        raise ValueError(f"There is no comparison “{word}”.{hint}")
    return word


class OnlyIfSettings(StepSettings):
    left: Any = setting(label="Value", control="text")
    comparison: Annotated[str, AfterValidator(_known)] = setting(
        label="Comparison", control="select", alias="is",
        choices={word: comparison.label for word, comparison in COMPARISONS.items()},
    )
    right: Any = setting(None, label="Compared with", control="text",
                         help="Two values separated by a comma for “is between”")
    message: Text = setting("", label="What to log when it stops", advanced=True,
                            max_length=2_000)

    @model_validator(mode="after")
    def _has_a_right_side(self) -> Self:
        if COMPARISONS[self.comparison].needs_right and "right" not in self.model_fields_set:
            raise ValueError("Say what to compare with, in “right”.")
        return self


class OnlyIf(StepType[OnlyIfSettings]):
    key = "only_if"
    name = "Only continue if…"
    summary = "Stop the run here unless something is true"
    group = "Decide and wait"
    icon = "split"
    outputs = {"result": "Whether it was so"}
    Settings = OnlyIfSettings

    def run(self, context: StepContext, settings: OnlyIfSettings) -> Outcome:
        output = self._answer(context, settings)
        if output["result"]:
            return Finished(output)
        return EndRun("completed", f"Stopped here: {settings.message or _opposite(settings)}",
                      output)

    def preview(self, context: StepContext, settings: OnlyIfSettings) -> Any:
        return self._answer(context, settings)

    def describe(self, written: Mapping[str, Any]) -> str:
        word = str(written.get("is", "is"))
        return in_words(written.get("left", "…"), word, written.get("right", "…"))

    def _answer(self, context: StepContext, settings: OnlyIfSettings) -> dict[str, Any]:
        word, right = settings.comparison, settings.right
        if word == "between" and isinstance(right, str):
            right = [part.strip() for part in right.split(",")]
        result = holds(settings.left, word, right, timezone=context.timezone)
        return {"result": result, "left": settings.left, "right": right}


def _opposite(settings: OnlyIfSettings) -> str:
    said = in_words(settings.left, settings.comparison, settings.right)
    return f"it is not so that {said[0].lower()}{said[1:]}."
