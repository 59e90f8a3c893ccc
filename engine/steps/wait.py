"""Let some time pass. No worker sleeps: the run rests and is woken."""

from collections.abc import Mapping
from typing import Any

from engine.domain.errors import Invalid
from engine.domain.time.durations import in_words, parse_duration
from engine.domain.words import utc_text
from engine.steps._base import Outcome, Pause, StepContext, StepSettings, StepType, setting
from engine.steps._durations import Duration


class WaitSettings(StepSettings):
    duration: Duration = setting(
        label="Wait for", help="Like 30s, 5m, 2h or 1d", alias="for"
    )


class Wait(StepType[WaitSettings]):
    key = "wait"
    name = "Wait"
    summary = "Go on after some time"
    group = "Decide and wait"
    icon = "hourglass"
    outputs = {"until": "Waited until"}
    Settings = WaitSettings

    def run(self, context: StepContext, settings: WaitSettings) -> Outcome:
        wake_at = context.at + parse_duration(settings.duration)
        return Pause(wake_at, self._output(context, settings))

    def preview(self, context: StepContext, settings: WaitSettings) -> Any:
        return self._output(context, settings)

    def describe(self, written: Mapping[str, Any]) -> str:
        try:
            return f"Wait {in_words(parse_duration(str(written.get('for', ''))))}"
        except Invalid:
            return f"Wait {written.get('for') or '…'}"

    def _output(self, context: StepContext, settings: WaitSettings) -> dict[str, str]:
        until = context.at + parse_duration(settings.duration)
        return {"waited_for": settings.duration, "until": utc_text(until)}
