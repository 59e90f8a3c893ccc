"""Ask people, and go on with their answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine.domain.data.values import as_text
from engine.domain.errors import Invalid
from engine.domain.people.profiles import check_email
from engine.domain.time.durations import parse_duration
from engine.steps._base import Ask, Outcome, StepContext, StepSettings, StepType, Text, setting
from engine.steps._durations import Duration

FAIL: Final = "fail"


def _listed(value: Any) -> Any:
    """A comma separates what is written in one line."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _reachable(address: str) -> str:
    try:
        check_email(address)
    except Invalid as error:
        raise ValueError(f"“{address}” is no e-mail address. Write one like ann@example.org.") from error
    return address


Words = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], BeforeValidator(_listed)]
Addresses = Annotated[list[Annotated[str, Field(max_length=254), AfterValidator(_reachable)]],
                      BeforeValidator(_listed)]


class ApproveSettings(StepSettings):
    question: Text = setting(label="Question", control="textarea", min_length=1, max_length=5_000)
    recipients: Addresses = setting(
        [], label="Who", alias="to", control="text", max_length=20,
        help="E-mail addresses, separated by commas. Whoever may run this workflow can always answer here",
    )
    choices: Words = setting(["Approve", "Reject"], label="Answers", control="text", min_length=2,
                             max_length=6, help="Separated by commas")
    stop_on: Words = setting(["Reject"], label="End the run on", control="text", max_length=6,
                             help="Answers after which the run does not go on")
    expires_after: Duration = setting("2d", label="If nobody answers within", help="Like 4h or 2d")
    when_expired: Text = setting("Reject", label="Then answer", max_length=60,
                                 help="One of the answers, or “fail” to let the step fail")
    remind_after: Duration | None = setting(None, label="Remind after", advanced=True, help="Like 4h or 1d")

    @model_validator(mode="after")
    def _knows_its_answers(self) -> Self:
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("Each answer can be there once only, in “choices”.")
        for word in self.stop_on:
            if word not in self.choices and "stop_on" in self.model_fields_set:
                raise ValueError(f"“{word}” is none of the answers, in “stop_on”.")
        known = (*self.choices, FAIL)
        if self.when_expired not in known and "when_expired" in self.model_fields_set:
            raise ValueError(f"Choose one of the answers or “{FAIL}”, in “when_expired”.")
        return self


class Approve(StepType[ApproveSettings]):
    key = "approve"
    name = "Ask someone to approve"
    summary = "Ask people and wait for their answer"
    group = "Decide and wait"
    icon = "hand"
    effect = "repeatable"
    outputs = {"answer": "Answer", "by": "Who answered", "note": "Note"}
    Settings = ApproveSettings

    def run(self, context: StepContext, settings: ApproveSettings) -> Outcome:
        known = settings.when_expired in settings.choices
        return Ask(
            question=settings.question, choices=settings.choices, recipients=settings.recipients,
            remind_at=_after(context, settings.remind_after) if settings.remind_after else None,
            expires_at=_after(context, settings.expires_after),
            when_expired=settings.when_expired if known else None,
            ends_run=[word for word in settings.stop_on if word in settings.choices],
        )

    def preview(self, context: StepContext, settings: ApproveSettings) -> Any:
        return {"question": settings.question, "to": settings.recipients, "choices": settings.choices}

    def example(self, settings: ApproveSettings) -> Mapping[str, Any]:
        """The first answer that lets the run go on."""
        return {"answer": next((word for word in settings.choices if word not in settings.stop_on),
                               settings.choices[0])}

    def describe(self, written: Mapping[str, Any]) -> str:
        asked = as_text(_listed(written.get("to") or [])) or "whoever may run this workflow"
        return f"Ask {asked}: {as_text(written.get('question')) or '…'}"


def _after(context: StepContext, duration: str) -> datetime:
    return context.at + parse_duration(duration)
