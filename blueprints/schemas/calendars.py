"""Own calendars as JSON."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row

from blueprints.schemas.base import Body, Shape, Text
from engine.domain.errors import Invalid, Problem

_Name = Annotated[Text, Field(min_length=1, max_length=200)]
_Days = Annotated[dict[str, Text], Field(
    max_length=5_000, description="Dates with what they are called.",
    examples=[{"2026-12-24": "Christmas Eve"}],
)]
_File = Annotated[str, Field(max_length=1_000_000, description="The text of an .ics file.")]


class CalendarChanges(Body):
    """What is left out stays. `days` or `ics` replace all days there were."""

    name: _Name | None = None
    days: _Days | None = None
    ics: _File | None = None

    def read_days(self) -> dict[date, str] | None:
        if self.days is None:
            return None
        found, problems = {}, []
        for written, name in self.days.items():
            try:
                found[date.fromisoformat(written)] = name
            except ValueError:
                problems.append(Problem("Write a day like 2026-12-24.", f"days.{written}"))
        if problems:
            raise Invalid(problems=problems)
        return found


class NewCalendar(CalendarChanges):
    """`days` or `ics`."""

    name: _Name


class Calendar(Shape):
    """`followedBy` counts the starts whose schedule names its id under `holidays.calendars`."""

    id: str
    name: str
    days: dict[str, str]
    followed_by: int
    created_at: datetime
    updated_at: datetime


class CalendarList(Shape):
    calendars: list[Calendar]


def calendar(row: Row[Any], followed_by: int) -> Calendar:
    return Calendar.model_validate({**row._mapping, "followed_by": followed_by})
