"""The workflow document: the same in files, in the API, in templates and in versions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from engine.domain.data import plain
from engine.domain.data.validation import problems_of
from engine.domain.errors import Invalid, Problem
from engine.domain.steps.checks import parse_steps
from engine.domain.steps.documents import Name, Part, StepDefinition, StepKinds
from engine.domain.workflows.limits import Limits
from engine.domain.workflows.retention import Retention
from engine.domain.workflows.starts import StartDefinition, parse_starts


class _Outline(Part):
    """The document as written; starts and steps are read by their own modules."""

    name: Name = Field(min_length=1, max_length=120)
    notes: Annotated[str, AfterValidator(plain.storable)] | None = Field(default=None, max_length=20_000)
    limits: Limits | None = None
    retention: Retention | None = None
    starts: Any = None
    steps: Any = None


@dataclass(frozen=True)
class WorkflowDocument:
    name: str
    notes: str
    limits: Limits
    starts: tuple[StartDefinition, ...]
    steps: tuple[StepDefinition, ...]
    retention: Retention = Retention()

    def to_mapping(self) -> dict[str, Any]:
        """The canonical document; read again, it gives an equal one."""
        return {
            "name": self.name,
            **({"notes": self.notes} if self.notes else {}),
            "starts": [start.to_mapping() for start in self.starts],
            "steps": [step.to_mapping() for step in self.steps],
            "limits": self.limits.model_dump(exclude_none=True),
            **({"retention": self.retention.own()} if self.retention.own() else {}),
        }


def parse_document(
    written: Any, step_types: StepKinds, *, at: datetime, timezone: str | None = None
) -> WorkflowDocument:
    """Read a finished document; `Invalid` with every problem found anywhere in it."""
    problems: list[Problem] = []
    try:
        outline = parse_outline(written, at=at, timezone=timezone)
    except Invalid as error:
        problems += error.problems
    try:
        steps = parse_steps(_part(written, "steps"), step_types)
    except Invalid as error:
        problems += error.problems
    if problems:
        raise Invalid(problems=problems)
    return replace(outline, steps=steps)


def parse_outline(
    written: Any, *, at: datetime, timezone: str | None = None
) -> WorkflowDocument:
    """Read everything but the steps: all that has to be right in a draft."""
    problems: list[Problem] = []
    limits = Limits()
    try:
        outline = _Outline.model_validate(written)
        limits = outline.limits or limits
    except ValidationError as error:
        problems += problems_of(error, written, _Outline)
    try:
        starts = parse_starts(_part(written, "starts"), at=at, timezone=timezone)
    except Invalid as error:
        problems += error.problems
    problems += limits.problems()
    if problems:
        raise Invalid(problems=problems)
    return WorkflowDocument(outline.name, outline.notes or "", limits, starts, (),
                            outline.retention or Retention())


def _part(written: Any, name: str) -> Any:
    """One list of the document; what a file leaves blank is an empty one."""
    part = written.get(name) if isinstance(written, Mapping) else None
    return [] if part is None else part
