"""End the run here, on purpose."""

from collections.abc import Mapping
from typing import Any, Literal

from engine.steps._base import EndRun, Outcome, StepContext, StepSettings, StepType, Text, setting


class StopSettings(StepSettings):
    message: Text = setting("Stopped here.", label="Message", max_length=2_000)
    # `as` reads well in a file, and is no name Python would take.
    status: Literal["completed", "failed"] = setting(
        "completed", label="Count this run as", alias="as",
        choices={"completed": "Succeeded", "failed": "Failed"},
    )


class Stop(StepType[StopSettings]):
    key = "stop"
    name = "Stop with a message"
    summary = "End the run here; later steps are skipped"
    group = "Build blocks"
    icon = "octagon-x"
    Settings = StopSettings

    def run(self, context: StepContext, settings: StopSettings) -> Outcome:
        return EndRun(settings.status, settings.message, {"message": settings.message})

    def preview(self, context: StepContext, settings: StopSettings) -> Any:
        return {"message": settings.message, "as": settings.status}

    def describe(self, written: Mapping[str, Any]) -> str:
        ending = "as failed" if written.get("as") == "failed" else "as succeeded"
        return f"Stop {ending}: {written.get('message') or 'Stopped here.'}"
