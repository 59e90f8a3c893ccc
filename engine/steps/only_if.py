"""Go on only when a condition holds; otherwise the run ends well, here."""

from collections.abc import Mapping
from typing import Any

from engine.domain.data.conditions import in_words
from engine.steps._base import EndRun, Finished, Outcome, StepContext, StepType, Text, setting
from engine.steps._condition import IN_DOUBT, ConditionSettings, answer, undecided


class OnlyIfSettings(ConditionSettings):
    message: Text = setting("", label="What to log when it stops", advanced=True, max_length=2_000)


class OnlyIf(StepType[OnlyIfSettings]):
    key = "only_if"
    name = "Only continue if…"
    summary = "Stop the run here unless something is true; inside “For each”, go on with the next item"
    group = "Decide and wait"
    icon = "split"
    outputs = {"result": "Whether it was so"}
    Settings = OnlyIfSettings

    def run(self, context: StepContext, settings: OnlyIfSettings) -> Outcome:
        output = answer(context, settings)
        if output["result"]:
            return Finished(output)
        message = f"Stopped here: {settings.message or _opposite(settings)}"
        return EndRun("completed", message, output, of_item=True)

    def preview(self, context: StepContext, settings: OnlyIfSettings) -> Any:
        return answer(context, settings)

    def in_doubt(self, filled: Mapping[str, Any]) -> tuple[Outcome, str] | None:
        if not (sentence := undecided(filled)):
            return None
        return Finished(IN_DOUBT), f"{sentence}, so the dry run goes on"

    def describe(self, written: Mapping[str, Any]) -> str:
        word = str(written.get("is", "is"))
        return in_words(written.get("left", "…"), word, written.get("right", "…"))


def _opposite(settings: OnlyIfSettings) -> str:
    said = in_words(settings.left, settings.comparison, settings.right)
    return f"it is not so that {said[0].lower()}{said[1:]}."
