"""Take one way or the other."""

from collections.abc import Mapping
from typing import Any

from engine.domain.data.conditions import in_words
from engine.steps._base import Branch, Outcome, StepContext, StepType
from engine.steps._condition import IN_DOUBT, ConditionSettings, answer, undecided


class If(StepType[ConditionSettings]):
    key = "if"
    name = "If / otherwise"
    summary = "Do some steps when something is true, and others when it is not"
    group = "Decide and wait"
    icon = "split"
    outputs = {"result": "Whether it was so"}
    blocks = {"then": "Then", "otherwise": "Otherwise"}
    Settings = ConditionSettings

    def run(self, context: StepContext, settings: ConditionSettings) -> Outcome:
        output = answer(context, settings)
        return Branch("then" if output["result"] else "otherwise", output)

    def preview(self, context: StepContext, settings: ConditionSettings) -> Any:
        return answer(context, settings)

    def in_doubt(self, filled: Mapping[str, Any]) -> tuple[Outcome, str] | None:
        if not (sentence := undecided(filled)):
            return None
        return Branch("then", IN_DOUBT), f"{sentence}, so the dry run takes “{self.blocks['then']}”"

    def describe(self, written: Mapping[str, Any]) -> str:
        word = str(written.get("is", "is"))
        return f"If {in_words(written.get('left', '…'), word, written.get('right', '…'))}"
