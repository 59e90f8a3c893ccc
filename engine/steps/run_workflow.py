"""Start another workflow, and wait for its result or not."""

from collections.abc import Mapping
from typing import Any

from engine.steps._base import Call, Outcome, StepContext, StepSettings, StepType, Text, setting


class RunWorkflowSettings(StepSettings):
    workflow: Text = setting(label="Which workflow", control="workflow", min_length=1, max_length=120,
                             help="Its live version is run")
    inputs: dict[str, Any] = setting({}, label="Give it these values", control="key_values", max_length=100)
    wait: bool = setting(True, label="Wait for the result")


class RunWorkflow(StepType[RunWorkflowSettings]):
    key = "run_workflow"
    name = "Run another workflow"
    summary = "Start another workflow, and use what it gives"
    group = "Build blocks"
    icon = "workflow"
    effect = "repeatable"
    outputs = {"output": "What it gave", "status": "How it ended", "id": "Number of the run"}
    Settings = RunWorkflowSettings

    def run(self, context: StepContext, settings: RunWorkflowSettings) -> Outcome:
        return Call(settings.workflow, settings.inputs, settings.wait)

    def preview(self, context: StepContext, settings: RunWorkflowSettings) -> Any:
        return {"would_run": settings.workflow, "with": settings.inputs}

    def example(self, settings: RunWorkflowSettings) -> Mapping[str, Any]:
        return {"status": "completed"} if settings.wait else {"status": "started", "output": None}

    def describe(self, written: Mapping[str, Any]) -> str:
        and_then = "wait for its result" if written.get("wait", True) else "go on at once"
        return f"Run {written.get('workflow') or '…'} and {and_then}"
