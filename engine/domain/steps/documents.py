"""A step of a workflow document, as it is written and kept."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from engine.domain.data import plain
from engine.domain.data.conditions import COMPARISONS
from engine.domain.data.references import did_you_mean
from engine.domain.errors import Problem
from engine.domain.steps.trees import BLOCKS

RESERVED_KEYS: Final = ("steps", "inputs", "run", "item", "loop")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class StepKind(Protocol):
    """What a step type can say about settings as written; `blocks` are the lists of steps it holds."""

    @property
    def blocks(self) -> Mapping[str, str]: ...

    @property
    def verbatim(self) -> Collection[str]: ...

    def check(self, written: Mapping[str, Any]) -> list[Problem]: ...


StepKinds = Mapping[str, StepKind]


class Part(BaseModel):
    """Base of what a document is made of: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Name = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(plain.storable)]


def _known_comparison(word: str) -> str:
    if not word:
        raise ValueError("Choose how to compare.")
    if word not in COMPARISONS:
        hint = did_you_mean(word, COMPARISONS) or f" There are: {', '.join(COMPARISONS)}."
        raise ValueError(f"There is no comparison “{word}”.{hint}")
    return word


def _usable_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"“{key[:60]}” can't be a key. Use up to 40 small letters, digits and _, "
            "beginning with a letter."
        )
    if key in RESERVED_KEYS:
        raise ValueError(f"“{key}” has a meaning of its own here. Choose another key.")
    return key


class Retry(Part):
    """Tries of one step; what is None is as the limits of the workflow say."""

    max_attempts: int | None = Field(default=None, ge=0, le=20)
    backoff_ms: int | None = Field(default=None, ge=0, le=3_600_000)


class Expectation(Part):
    """A condition on what a step gave, `value` being a path into it; when it holds, the run looks unusual."""

    value: str = Field(default="", max_length=300)
    comparison: Annotated[str, AfterValidator(_known_comparison)] = Field(alias="is")
    right: Any = None


class StepDefinition(Part):
    """One step. `settings` is kept as written, with its references.

    `if_fails` are the steps to do once it has failed for good; then the run stops, or goes on
    (`on_failure`). `warn_if` and `warn_after_seconds` mark runs that succeed and still look unusual.
    """

    key: Annotated[str, AfterValidator(_usable_key)]
    type: str
    name: Name | None = Field(default=None, min_length=1, max_length=200)
    settings: dict[str, Any] = Field({}, alias="with")
    retry: Retry | None = None
    timeout_seconds: int | None = Field(default=None, ge=1, le=604_800)
    on_failure: Literal["stop", "continue"] = "stop"
    then: "tuple[StepDefinition, ...]" = ()
    otherwise: "tuple[StepDefinition, ...]" = ()
    steps: "tuple[StepDefinition, ...]" = ()
    if_fails: "tuple[StepDefinition, ...]" = ()
    warn_if: list[Expectation] = Field([], max_length=20)
    warn_after_seconds: int | None = Field(default=None, ge=1, le=604_800)

    def to_mapping(self) -> dict[str, Any]:
        written = self.model_dump(by_alias=True, exclude_defaults=True, exclude=set(BLOCKS), mode="json")
        blocks = {name: [step.to_mapping() for step in getattr(self, name)]
                  for name in BLOCKS if getattr(self, name)}
        return written | {"with": self.settings} | blocks
