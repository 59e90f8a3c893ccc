"""The emergency brake as JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from blueprints.schemas.base import Body, Moment, Shape, Text


class Pull(Body):
    """`until` lets go by itself; left out, it holds until somebody lets go."""

    reason: Annotated[Text, Field(max_length=500)]
    until: Moment | None = None
    stop_running: bool = False


class HeldTime(Shape):
    """A due time the brake has held."""

    workflow_id: str
    workflow_name: str
    trigger_id: str
    trigger_name: str
    scheduled_at: datetime


class WaitingRun(Shape):
    """A run that begins when the brake is released."""

    id: str
    workflow_id: str
    workflow_name: str
    started_by: str
    queued_at: datetime


class Brake(Shape):
    """`held` are the latest due times it has held, newest first.

    `runs` are the first of the `runs_waiting` that begin when it is released.
    """

    is_on: bool
    reason: str | None = None
    by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    held: list[HeldTime] = []
    runs: list[WaitingRun] = []
    runs_waiting: int = 0
