"""Workflows as JSON: the document keeps its own names, what stands around it is camelCase."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel
from sqlalchemy import Row

from blueprints.schemas import triggers as trigger_schemas
from blueprints.schemas.base import Body, JsonObject, Moment, Query, Rows, Shape, Text
from engine.domain.steps.checks import MAX_STEPS
from engine.domain.steps.documents import Name
from engine.domain.workflows.limits import Limits, to_columns
from engine.domain.workflows.retention import Retention
from engine.queries.workflows.documents import to_document

_EXAMPLE: Final[dict[str, Any]] = {
    "name": "Morning sales report",
    "starts": [{"name": "weekdays at nine", "kind": "schedule", "schedule": trigger_schemas.EXAMPLE}],
    "steps": [{"key": "note", "type": "write_log", "with": {"message": "Good morning"}}],
    "limits": {"max_concurrent": 1},
}
_Words = Annotated[Any, WithJsonSchema({"type": "string"})]
_Mapping = Annotated[Any, WithJsonSchema({"type": "object"})]
_Starts = Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "object"}})]
_Steps = Annotated[list[JsonObject], Field(max_length=MAX_STEPS)]


class NewWorkflow(Body):
    """A workflow document as in a file. `draft` true keeps it from being published."""

    # The engine reads the document itself and finds every problem in it at once.
    model_config = ConfigDict(
        alias_generator=to_camel,
        json_schema_extra={"required": ["name", "steps"], "examples": [_EXAMPLE]},
    )

    name: _Words = None
    notes: _Words = None
    starts: _Starts = None
    steps: _Steps | None = None
    limits: _Mapping = None
    retention: _Mapping = None
    draft: bool = False

    def document(self) -> dict[str, Any]:
        return self.model_dump(exclude={"draft"}, exclude_unset=True)


class WorkflowChanges(Body):
    """What is left out stays as it is. `until` and `note` go with the state "paused"."""

    name: Name | None = Field(default=None, min_length=1, max_length=120)
    notes: Text | None = None
    limits: Limits | None = None
    retention: Retention | None = Field(None, description="All it says from now on; {}: nothing.")
    state: Literal["on", "paused", "off"] | None = None
    until: Moment | None = None
    note: Text = ""

    def edits(self) -> dict[str, Any]:
        """Return what is not about the state."""
        given = self.model_dump(include={"name", "notes"}, exclude_none=True)
        given |= to_columns(self.limits.model_dump(exclude_unset=True)) if self.limits else {}
        return given | ({"retention": self.retention.own()} if self.retention is not None else {})


class WorkflowQuery(Query):
    search: str | None = Field(None, max_length=200)
    state: Literal["draft", "on", "paused", "off"] | None = None
    after: str | None = Field(None, max_length=120, description="“next” of the page before.")
    limit: Rows = 50


class WorkflowSummary(Shape):
    id: str
    slug: str
    name: str
    state: str
    paused_until: datetime | None
    live_version: int | None
    draft_rev: int
    next_run_at: datetime | None
    created_at: datetime
    updated_at: datetime


class WorkflowPage(Shape):
    workflows: list[WorkflowSummary]
    next: str | None


class Workflow(WorkflowSummary):
    """The document, and where the workflow stands. Its steps are the live ones, or else the draft's."""

    notes: str
    paused_note: str
    starts: list[dict[str, Any]]
    steps: list[Any]
    limits: dict[str, Any]
    retention: dict[str, int]
    triggers: list[trigger_schemas.Trigger]


class MadeWorkflow(Workflow):
    version_number: int | None


def summary(row: Row[Any]) -> WorkflowSummary:
    return WorkflowSummary.model_validate({**row._mapping, "live_version": row.live_number})


def workflow(row: Row[Any], triggers: Sequence[Row[Any]]) -> Workflow:
    return Workflow.model_validate({
        **row._mapping, **to_document(row, triggers), "notes": row.notes, "live_version": row.live_number,
        "triggers": [trigger_schemas.trigger(each) for each in triggers],
    })


def made_workflow(row: Row[Any], triggers: Sequence[Row[Any]]) -> MadeWorkflow:
    return MadeWorkflow(**dict(workflow(row, triggers)), version_number=row.live_number)
