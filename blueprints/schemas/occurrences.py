"""Due times of a start as JSON: what became of them, what is planned, what people decided."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from blueprints.schemas.base import Body, JsonObject, Moment, Query, Shape, Text


class OccurrenceQuery(Query):
    """At most 31 days; from now, for 7 days, when left out."""

    start: Annotated[Moment | None, Field(alias="from")] = None
    end: Annotated[Moment | None, Field(alias="to")] = None


class Occurrence(Shape):
    """`kind`: ran, late, waiting, skipped, missed, planned, not_planned or unknown; `sentence` says why."""

    scheduled_at: datetime
    kind: str
    reason: str | None
    sentence: str
    run_id: str | None


class OccurrenceList(Shape):
    """`isComplete` is false where a day has more due times than are shown."""

    timezone: str
    is_complete: bool
    occurrences: list[Occurrence]


class Decision(Body):
    """What to do with one time to come: `moveTo` belongs to move, `inputs` to inputs."""

    action: Literal["skip", "move", "run_early", "inputs"]
    move_to: Moment | None = None
    inputs: JsonObject | None = None
    note: Annotated[Text, Field(max_length=500)] = ""


class Decided(Shape):
    """The decision as it stands. `runId` is the run that `run_early` started."""

    scheduled_at: datetime
    action: str
    move_to: datetime | None = None
    note: str = ""
    run_id: str | None = None
