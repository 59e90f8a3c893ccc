"""What every step type is made of. Copy a neighbour to add one; see docs/adding-a-step.md."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engine.domain.data.references import fillable, resolve
from engine.domain.data.validation import problems_of
from engine.domain.data.values import as_text
from engine.domain.errors import Invalid, Problem, StepFailed
from engine.steps._context import NetworkPolicy, StepContext, never
from engine.steps._outcomes import Ask, Branch, Call, Each, EndRun, Finished, Outcome, Pause

__all__ = [
    "Ask", "Branch", "Call", "Each", "Effect", "EndRun", "Finished", "NetworkPolicy", "Outcome",
    "Pause", "StepContext", "StepSettings", "StepType", "Text", "never", "setting",
]

Effect = Literal["none", "repeatable", "once"]
Control = Literal[
    "text", "url", "textarea", "code", "number", "select", "checkbox", "json", "key_values", "list",
    "workflow",
]

Text = Annotated[str, BeforeValidator(as_text)]
"""Text that takes any value an earlier step may have given: 5, true, a list."""


class StepSettings(BaseModel):
    """Base of every settings model; a setting it does not know is refused by name."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, str_max_length=200_000
    )


def setting(  # noqa: PLR0913 - a declaration; every argument is named
    default: Any = ..., *, label: str, help: str = "", control: Control | None = None,
    advanced: bool = False, choices: Mapping[str, str] | None = None, **rules: Any,
) -> Any:
    """Declare one setting with what its form needs. `rules` are pydantic's (ge, le, alias…)."""
    hints: dict[str, Any] = {"control": control, "advanced": advanced}
    hints["choices"] = dict(choices or {})
    return Field(default, title=label, description=help, json_schema_extra=hints, **rules)


Model = TypeVar("Model", bound=StepSettings)


class StepType(ABC, Generic[Model]):
    """One kind of step. An instance keeps nothing from one run to the next."""

    key: ClassVar[str]
    name: ClassVar[str]
    summary: ClassVar[str]
    group: ClassVar[str]
    icon: ClassVar[str]
    effect: ClassVar[Effect] = "none"
    outputs: ClassVar[Mapping[str, str]] = {}
    """What later steps can use: each path into the output, with its name on screen."""
    verbatim: ClassVar[Collection[str]] = ()
    """Settings that are taken as they stand: {{ is nothing special in them and never filled."""
    blocks: Mapping[str, str] = {}
    """The lists of steps it holds, of `step_trees.BLOCKS`, each with its name on screen."""
    Settings: type[Model]

    @property
    def reaches_out(self) -> bool:
        """Whether it can touch anything outside, so that a rehearsal must not run it."""
        return self.effect != "none"

    @property
    def can_be_previewed(self) -> bool:
        """Whether its `preview` shows exactly what would happen."""
        return type(self).preview is not StepType.preview

    @abstractmethod
    def run(self, context: StepContext, settings: Model) -> Outcome:
        """Do the work; raise `StepFailed` with its class and code when it can't be done."""

    def preview(self, context: StepContext, settings: Model) -> Any:
        """Show what `run` would do, without doing it."""
        return {"would": self.describe(settings.model_dump(by_alias=True, mode="json"))}

    def example(self, settings: Model) -> Mapping[str, Any]:
        """What is known of its output before it ever ran; a dry run has stand-ins for the rest."""
        return {}

    def in_doubt(self, filled: Mapping[str, Any]) -> tuple[Outcome, str] | None:
        """How a dry run goes on when stand-ins keep this from being decided, and a line for its log."""
        return None

    def describe(self, written: Mapping[str, Any]) -> str:
        """One line for cards, from settings as written: unfinished or with references."""
        return self.summary

    def shown(self, settings: Model) -> dict[str, Any]:
        """The settings as history keeps them."""
        return settings.model_dump(by_alias=True, mode="json")

    def effect_of(self, settings: Model) -> Effect:
        """What these settings do outside: nothing, something repeatable, or once only."""
        return self.effect

    def unpack(self, written: Mapping[str, Any]) -> Mapping[str, Any]:
        """Bring settings into the form their references are filled in; `Invalid` if impossible."""
        return written

    def check(self, written: Mapping[str, Any]) -> list[Problem]:
        """Say what has to be put right in settings as written; `{{ … }}` may stand anywhere."""
        try:
            unpacked = self.unpack(written)
            self.Settings.model_validate(unpacked)
        except Invalid as error:
            return list(error.problems)
        except ValidationError as error:
            return problems_of(error, unpacked, self.Settings, with_references=True)
        return []

    def prepare(self, written: Mapping[str, Any], scope: Mapping[str, Any]) -> Model:
        """Fill the references and read the settings; `StepFailed` when a value does not fit."""
        try:
            unpacked = self.unpack(written)
            filled = {**unpacked, **resolve(fillable(unpacked, self.verbatim), scope)}
            return self.Settings.model_validate(filled)
        except Invalid as error:
            first = error.problems[0]
        except ValidationError as error:
            first = problems_of(error, filled, self.Settings)[0]
        raise StepFailed(
            first.message, error_class="data", code="data.type", detail={"setting": first.field}
        )
