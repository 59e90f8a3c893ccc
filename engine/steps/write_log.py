"""Write a note into the log of the run."""

from collections.abc import Mapping
from typing import Any, Literal

from engine.domain.data.masking import masked_text
from engine.steps._base import Finished, Outcome, StepContext, StepSettings, StepType, Text, setting


class WriteLogSettings(StepSettings):
    message: Text = setting(label="Note", control="textarea", min_length=1, max_length=10_000)
    level: Literal["info", "warn", "error", "debug"] = setting(
        "info", label="Level", advanced=True,
        choices={"info": "Note", "warn": "Warning", "error": "Error", "debug": "Detail"},
    )


class WriteLog(StepType[WriteLogSettings]):
    key = "write_log"
    name = "Write a note in the log"
    summary = "Leave a line in the log of this run"
    group = "Build blocks"
    icon = "notebook-pen"
    outputs = {"message": "Note"}
    Settings = WriteLogSettings

    def run(self, context: StepContext, settings: WriteLogSettings) -> Outcome:
        context.log(settings.level, settings.message)
        return Finished({"message": masked_text(settings.message)})

    def preview(self, context: StepContext, settings: WriteLogSettings) -> Any:
        return {"message": settings.message}

    def describe(self, written: Mapping[str, Any]) -> str:
        return str(written.get("message") or self.summary)
