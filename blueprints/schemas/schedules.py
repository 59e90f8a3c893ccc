"""Schedules as JSON: read at the door, and what they mean."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from blueprints.schemas.base import Body, Id, Moment, Shape
from blueprints.schemas.triggers import ScheduleObject
from engine.domain.errors import Invalid, Problem
from engine.domain.schedules.schedules import Schedule, parse_schedule


class PreviewOrder(Body):
    """`after` is now when left out. `compareWith` is the start whose schedule this one would replace."""

    schedule: ScheduleObject
    after: Moment | None = None
    count: Annotated[int, Field(ge=1, le=100)] = 5
    compare_with: Id | None = None


class Warning(Shape):
    code: str
    message: str


class ClockChoice(Shape):
    """What can be chosen for `clock_change`: its keys, each with what it does in the night asked about."""

    name: Literal["forward", "back"]
    question: str
    options: list[tuple[str, str]]


class Changes(Shape):
    """What saving does to the times up to `until`: how many are new, go and stay. It starts nothing."""

    until: datetime
    added: int
    removed: int
    kept: int
    first_new: datetime | None
    fires_now: Literal[False] = False
    sentence: str


class Absence(Shape):
    """An example of the app being off: of so many times due, these would start when it is back."""

    start: datetime
    until: datetime
    due: int
    starts: list[datetime]
    asks: bool
    sentence: str


class Frequency(Shape):
    count: int
    per: Literal["week", "month", "year"]
    is_exact: bool


class Omission(Shape):
    """A day among the next times of which something is left out, or moved to a working day."""

    day: date
    name: str
    is_moved: bool


class Preview(Shape):
    """The schedule as it would be kept, in words, and its next times.

    `assumptions` is what a phrase left open, `switches` has the phrase that means the other half of the day
    for those about one. `pattern` is the same schedule without cron, where a pattern means exactly the same.
    """

    schedule: dict[str, Any]
    sentence: str
    assumptions: list[str]
    switches: dict[str, str]
    next: list[datetime]
    warnings: list[Warning]
    clock_choices: list[ClockChoice]
    if_off: Absence | None
    frequency: Frequency | None
    omissions: list[Omission]
    pattern: dict[str, Any] | None = None
    changes: Changes | None = None


def read_schedule(
    written: Mapping[str, Any], at: datetime, timezone: str | None = None, *,
    names: Mapping[str, str] | None = None,
) -> Schedule:
    """Read a schedule; problems name the place in the body: `names`, or else below `schedule`."""
    try:
        return parse_schedule(written, at=at, timezone=timezone)
    except Invalid as error:
        raise Invalid(problems=[
            Problem(problem.message, _place(problem.field, names or {}), problem.code)
            for problem in error.problems
        ]) from error


def _place(field: str | None, names: Mapping[str, str]) -> str:
    return names.get(field or "") or ".".join(filter(None, ["schedule", field]))
