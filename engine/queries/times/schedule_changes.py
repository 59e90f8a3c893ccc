"""What a new schedule of a start would change, read before anything is saved."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from engine.domain.errors import Invalid, NotFound
from engine.domain.schedules.changes import Changes, compare
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.queries.times import surroundings


def against_stored(connection: Connection, start: Row[Any], new: Schedule, at: datetime) -> Changes:
    """Compare `new` with what a start (`workflows.trigger`) has now; `NotFound` if it has no schedule."""
    if "schedule" not in start.config:
        raise NotFound("There is no such schedule.")
    try:
        old = parse_schedule(start.config["schedule"], at=at, stored=True)
    except Invalid:
        old = None
    return compare(old, new, at, around=surroundings.one(connection, start.id, after=at))
