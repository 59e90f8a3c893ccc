"""Rest until a moment. No worker sleeps: the run is woken."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from engine.domain.data.fields import clock
from engine.domain.data.values import as_moment, as_text
from engine.domain.errors import Invalid, StepFailed
from engine.domain.words import utc_text
from engine.steps._base import Finished, Outcome, Pause, StepContext, StepSettings, StepType, Text, setting
from engine.steps._durations import LONGEST

_TIME_ONLY: Final = 5


def _usable(text: str) -> str:
    try:
        if len(text.strip()) <= _TIME_ONLY:
            clock(text.strip(), "until")
        else:
            as_moment(text, "UTC")
    except (Invalid, StepFailed) as error:
        raise ValueError("Enter a time like 18:00, or a date with a time like 2026-12-24 18:00.") from error
    return text


class WaitUntilSettings(StepSettings):
    until: Annotated[Text, AfterValidator(_usable)] = setting(
        label="Wait until", help="A time like 18:00 (the next one), a date, or a value of an earlier step",
    )


class WaitUntil(StepType[WaitUntilSettings]):
    key = "wait_until"
    name = "Wait until a time"
    summary = "Go on at a time of day or on a date"
    group = "Decide and wait"
    icon = "clock"
    outputs = {"until": "Waited until"}
    Settings = WaitUntilSettings

    def run(self, context: StepContext, settings: WaitUntilSettings) -> Outcome:
        until = _moment(context, settings)
        output = {"until": utc_text(until)}
        if until <= context.at:
            context.log("info", "That time has passed already, so the run goes on at once.")
            return Finished(output)
        return Pause(until, output)

    def preview(self, context: StepContext, settings: WaitUntilSettings) -> Any:
        return {"until": utc_text(_moment(context, settings))}

    def describe(self, written: Mapping[str, Any]) -> str:
        return f"Wait until {as_text(written.get('until')) or '…'}"


def _moment(context: StepContext, settings: WaitUntilSettings) -> datetime:
    text = settings.until.strip()
    if len(text) > _TIME_ONLY:
        moment = as_moment(text, context.timezone)
    else:
        zone = ZoneInfo(context.timezone)
        at = clock(text, "until")
        today = context.at.astimezone(zone).date()
        moment = datetime.combine(today, at, zone)
        if moment <= context.at:
            moment = datetime.combine(today + timedelta(days=1), at, zone)
    if moment > context.at + LONGEST:
        sentence = f"A wait can take {LONGEST.days} days at most."
        raise StepFailed(sentence, error_class="data", code="data.type")
    return moment
