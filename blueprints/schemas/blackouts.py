"""Blackouts as JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from blueprints.schemas.base import Body, Id, Moment, Shape, Text

_Name = Annotated[Text, Field(min_length=1, max_length=200)]
_Workflows = Annotated[list[Id], Field(min_length=1, max_length=200)]


class NewBlackout(Body):
    """Nothing starts from `from` until just before `to`. Without `workflowIds` it is for all workflows."""

    name: _Name
    start: Annotated[Moment, Field(alias="from")]
    end: Annotated[Moment, Field(alias="to")]
    note: Annotated[Text, Field(max_length=500)] = ""
    workflow_ids: _Workflows | None = None


class BlackoutChanges(Body):
    """What is left out stays; `workflowIds` null is for all workflows."""

    name: _Name | None = None
    start: Annotated[Moment | None, Field(alias="from")] = None
    end: Annotated[Moment | None, Field(alias="to")] = None
    note: Annotated[Text, Field(max_length=500)] | None = None
    workflow_ids: _Workflows | None = None


class Blackout(Shape):
    """`workflowIds` null: for all workflows; else those of them the account may see."""

    id: str
    name: str
    start: Annotated[datetime, Field(serialization_alias="from")]
    end: Annotated[datetime, Field(serialization_alias="to")]
    timezone: str
    note: str
    workflow_ids: list[str] | None


class BlackoutList(Shape):
    blackouts: list[Blackout]
