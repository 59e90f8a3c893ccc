"""Starts of a workflow as JSON."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from sqlalchemy import Row

from blueprints.schemas.base import Body, JsonObject, Moment, Shape
from engine.domain.steps.documents import Name

EXAMPLE = {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"}
ScheduleObject = Annotated[dict[str, Any], Field(
    description="One of interval, cron, daily, weekly, monthly, once or say, and mostly a timezone.",
    examples=[EXAMPLE],
)]
# The engine reads starts itself, so that files and the interface are refused in the same words.
Written = Annotated[Any, WithJsonSchema({"description": "As in a workflow file."})]


class NewTrigger(Body):
    """A start as in a workflow file."""

    name: Written = None
    kind: Written = None
    schedule: Written = None
    inputs: Written = None
    enabled: Written = None
    signed: Written = None

    def written(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class TriggerChanges(Body):
    """What is left out stays as it is.

    `updatedAt` as it was read: 409 instead of a change when someone else changed the start since.
    """

    name: Name | None = Field(default=None, min_length=1, max_length=100)
    schedule: ScheduleObject | None = None
    inputs: JsonObject | None = None
    enabled: bool | None = None
    signed: bool | None = None
    updated_at: Moment | None = None


class Trigger(Shape):
    """A start, and where its schedule stands."""

    id: str
    workflow_id: str
    name: str
    kind: str
    enabled: bool
    inputs: dict[str, Any]
    schedule: dict[str, Any] | None
    timezone: str | None
    next_run_at: datetime | None
    last_run_at: datetime | None
    state: str | None
    note: str | None
    updated_at: datetime
    webhook_path: str | None = None
    signed: bool | None = None


class TriggerList(Shape):
    triggers: list[Trigger]


def trigger(row: Row[Any]) -> Trigger:
    address: dict[str, Any] = {}
    if row.kind == "webhook":
        address = {"webhook_path": f"/api/webhooks/{row.id}", "signed": bool(row.config.get("signed"))}
    return Trigger.model_validate({**row._mapping, "schedule": row.config.get("schedule"), **address})
