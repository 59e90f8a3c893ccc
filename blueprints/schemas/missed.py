"""What was missed while the app was off, as JSON."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from blueprints.schemas.base import Body, Id, Shape
from engine.queries.overview.downtime import Missed


class Answered(Body):
    """Ids of missed times; or `asking` true: all that wait for an answer."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = None
    asking: bool = False


class MissedStart(Shape):
    """`latestId` is the time to run when once is enough, which is recommended where the schedule asks."""

    trigger_id: str
    trigger_name: str
    workflow_id: str
    workflow_name: str
    count: int
    latest_id: str
    latest_at: datetime
    asks: bool
    recommended: Literal["run_latest", "nothing"]


class MissedSection(Shape):
    """One outage; without `from` and `to`: older times that still wait for an answer."""

    start: Annotated[datetime | None, Field(serialization_alias="from")]
    end: Annotated[datetime | None, Field(serialization_alias="to")]
    starts: list[MissedStart]


class MissedTime(Shape):
    id: str
    trigger_id: str
    workflow_id: str
    scheduled_at: datetime


class MissedList(Shape):
    """`asking` are the missed times that wait for an answer, oldest first."""

    outages: list[MissedSection]
    asking: list[MissedTime]


class StartedRuns(Shape):
    run_ids: list[str]


class Dismissed(Shape):
    dismissed: int


def missed_start(start: Missed) -> MissedStart:
    return MissedStart(
        trigger_id=start.trigger_id, trigger_name=start.trigger_name, workflow_id=start.workflow_id,
        workflow_name=start.workflow_name, count=start.count, latest_id=start.latest_id,
        latest_at=start.latest_at, asks=start.asks, recommended="run_latest" if start.asks else "nothing",
    )
