"""What a new schedule of a start would change, read before anything is saved."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection

from engine.domain.errors import Invalid, NotFound
from engine.domain.schedule_changes import Changes, compare
from engine.domain.schedules import Schedule, parse_schedule
from engine.queries import surroundings, workflows


def against_stored(
    connection: Connection, visible: ColumnElement[bool], trigger_id: str, new: Schedule, at: datetime
) -> Changes:
    """Compare `new` with what this start has now; raises `NotFound` when it has no schedule."""
    row = workflows.trigger(connection, visible, trigger_id)
    if "schedule" not in row.config:
        raise NotFound("There is no such schedule.")
    try:
        old = parse_schedule(row.config["schedule"], at=at, stored=True)
    except Invalid:
        old = None
    return compare(old, new, at, around=surroundings.one(connection, trigger_id, after=at))
