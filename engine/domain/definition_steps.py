"""The steps of a workflow document: read, checked, and checked against each other."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from engine.domain import plain, references
from engine.domain.errors import Invalid, Problem
from engine.domain.validation import problems_of

MAX_STEPS: Final = 200
RESERVED_KEYS: Final = ("steps", "inputs", "run", "item", "loop")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class StepKind(Protocol):
    """What a step type can say about settings as written."""

    @property
    def verbatim(self) -> Collection[str]: ...

    def check(self, written: Mapping[str, Any]) -> list[Problem]: ...


StepKinds = Mapping[str, StepKind]


class Part(BaseModel):
    """Base of what a document is made of: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Name = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(plain.storable)]


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


class StepDefinition(Part):
    """One step. `settings` is kept as written, with its references."""

    key: Annotated[str, AfterValidator(_usable_key)]
    type: str
    name: Name | None = Field(default=None, min_length=1, max_length=200)
    settings: dict[str, Any] = Field({}, alias="with")
    retry: Retry | None = None
    timeout_seconds: int | None = Field(default=None, ge=1, le=604_800)
    on_failure: Literal["stop", "continue"] = "stop"

    def to_mapping(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_defaults=True) | {"with": self.settings}


def parse_steps(written: Any, kinds: StepKinds) -> tuple[StepDefinition, ...]:
    """Read finished steps; `Invalid` with everything that has to be put right."""
    problems = check_steps(written, kinds)
    if not written:
        problems.append(Problem("Add at least one step.", "steps", "missing"))
    if problems:
        raise Invalid(problems=problems)
    return tuple(StepDefinition.model_validate(step) for step in written)


def check_steps(written: Any, kinds: StepKinds) -> list[Problem]:
    """Say what is missing or wrong in steps as written; a draft may have such problems."""
    if not isinstance(written, list):
        return [Problem("Write the steps as a list.", "steps")]
    if len(written) > MAX_STEPS:
        return [Problem(f"A workflow can have {MAX_STEPS} steps.", "steps")]
    if sentence := plain.objection(written):
        return [Problem(sentence, "steps")]
    keys = [_key_of(step) for step in written]
    return [
        problem
        for index, step in enumerate(written)
        for problem in _check_step(step, index, keys, kinds)
    ]


def _check_step(
    step: Any, index: int, keys: Sequence[str], kinds: StepKinds
) -> list[Problem]:
    place = f"steps.{index}"
    if not isinstance(step, Mapping):
        return [Problem("Write a step as names with values, beginning with “key”.", place)]
    problems = []
    try:
        StepDefinition.model_validate(step)
    except ValidationError as error:
        problems += problems_of(error, step, StepDefinition, prefix=place)
    earlier, later = keys[:index], keys[index + 1 :]
    if keys[index] and keys[index] in earlier:
        first = earlier.index(keys[index]) + 1
        problems.append(Problem(
            f"“{keys[index]}” is already the key of step {first}. Choose another.",
            f"{place}.key", "duplicate",
        ))
    return problems + _check_settings(step, place, kinds, earlier, later)


def _check_settings(
    step: Mapping[str, Any], place: str, kinds: StepKinds,
    earlier: Sequence[str], later: Sequence[str],
) -> list[Problem]:
    settings = step.get("with", {})
    if not isinstance(step.get("type"), str) or not isinstance(settings, Mapping):
        return []
    kind = kinds.get(step["type"])
    if kind is None:
        return [Problem(_unknown_type(step["type"], kinds), f"{place}.type", "unknown")]
    following = [_key_of(step), *later]
    fillable = references.fillable(settings, kind.verbatim)
    found = references.check(fillable, earlier, later_steps=[
        key for key in following if key not in earlier
    ])
    seen = {problem.field for problem in found}
    found += [problem for problem in kind.check(settings) if problem.field not in seen]
    return [
        Problem(problem.message, ".".join(filter(None, [place, "with", problem.field])), problem.code)
        for problem in found
    ]


def _unknown_type(name: str, kinds: StepKinds) -> str:
    known = references.did_you_mean(name, kinds) or f" There are: {', '.join(sorted(kinds))}."
    return f"There is no step type “{name}”.{known}"


def _key_of(step: Any) -> str:
    key = step.get("key") if isinstance(step, Mapping) else None
    return key if isinstance(key, str) else ""
