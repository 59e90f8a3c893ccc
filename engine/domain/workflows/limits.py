"""What keeps the runs of a workflow in bounds, and what runs that may not go together have in common."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from engine.domain.data import plain, references
from engine.domain.data.expressions import Expression, parse
from engine.domain.data.masking import Secrets
from engine.domain.data.values import as_text
from engine.domain.errors import Problem, StepFailed
from engine.domain.steps.documents import Part

PRIORITIES: Final = {"low": -1, "normal": 0, "high": 1}
_WORDS: Final = {number: word for word, number in PRIORITIES.items()}
_LONGEST_KEY: Final = 200
_HINT: Final = "Use a value that runs start with, like {{ inputs.customer }}."


def _key(text: str) -> str:
    plain.storable(text)
    if problems := references.check(text, ()):
        raise ValueError(problems[0].message)
    found = references.references(text)
    if not found or any(expression.path[0] != "inputs" for expression in found):
        raise ValueError(_HINT)
    return text.strip()


class Limits(Part):
    """What keeps a workflow in bounds; None means no bound, and for `priority` normal."""

    max_concurrent: int | None = Field(default=None, ge=1, le=1_000)
    rate_per_minute: int | None = Field(default=None, ge=1, le=100_000)
    concurrency_key: Annotated[str, AfterValidator(_key)] | None = Field(default=None, max_length=500)
    max_per_key: int | None = Field(default=None, ge=1, le=1_000)
    priority: Literal["low", "normal", "high"] | None = None
    retry_max_attempts: int = Field(default=3, ge=0, le=20)
    retry_backoff_ms: int = Field(default=1_000, ge=0, le=3_600_000)
    timeout_seconds: int = Field(default=600, ge=1, le=604_800)

    def problems(self) -> list[Problem]:
        """What only the whole shows."""
        if self.max_per_key is None or self.concurrency_key is not None:
            return []
        message = ("Say what these runs have in common, like {{ inputs.customer }}, "
                   "or leave “max_per_key” out.")
        return [Problem(message, "limits.concurrency_key", "missing")]


class OwnerLimits(Part):
    """What keeps all workflows of one person together in bounds."""

    max_concurrent: int | None = Field(default=None, title="Runs at the same time", ge=1, le=1_000)
    rate_per_minute: int | None = Field(default=None, title="Runs a minute", ge=1, le=100_000)


def to_columns(limits: Mapping[str, Any]) -> dict[str, Any]:
    """Return limits as the row of a workflow keeps them."""
    if "priority" not in limits:
        return dict(limits)
    return {**limits, "priority": PRIORITIES[limits["priority"] or "normal"]}


def of_row(workflow: Any) -> dict[str, Any]:
    """Return the limits of a row as a document has them; what is not limited is left out."""
    columns = {name: getattr(workflow, name) for name in Limits.model_fields}
    columns["priority"] = priority_word(workflow.priority) if workflow.priority else None
    return {name: value for name, value in columns.items() if value is not None}


def priority_word(number: int) -> str:
    return _WORDS[number]


def key_of(template: str | None, given: Mapping[str, Any]) -> str | None:
    """Return what a run that starts with `given` shares with others; None when it has no such value.

    A run without it is not held back by others: schedules have no door at which to refuse it.
    """
    if template is None:
        return None
    try:
        text = as_text(references.resolve(template, {"inputs": given})).strip()
    except StepFailed:
        return None
    text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if (shown := Secrets(given).hide_in(text)) != text:  # it is read everywhere, so it hides a secret
        return f"{shown[:120]} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if len(text) <= _LONGEST_KEY:
        return text or None
    return f"{text[:120]}… {hashlib.sha256(text.encode()).hexdigest()}"


def key_in_words(template: str | None, key: str) -> str:
    """Return what a key stands for: “customer 42”."""
    parts = parse(template or "")
    if len(parts) == 1 and isinstance(parts[0], Expression):
        return f"{parts[0].path[-1]} {key}"
    return f"“{key}”"
