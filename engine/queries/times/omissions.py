"""What a schedule leaves out among its next times, by name."""

from datetime import datetime

from sqlalchemy import Connection

from engine.domain.due.omissions import Omission, named, omissions
from engine.domain.timetables.occurrences import Surroundings
from engine.domain.timetables.timetable import Schedule
from engine.queries.times.calendar import days_off


def until(
    connection: Connection, schedule: Schedule, around: Surroundings, start: datetime, end: datetime
) -> list[Omission]:
    """Return the days between two moments of which something is left out, or moved."""
    found = omissions(schedule, around, start, end)
    days = [omission.day for omission in found if not omission.name]
    return named(found, days_off(connection, schedule.calendars, days) if days else {})
