"""Figures of ended runs as JSON."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from blueprints.schemas.base import Id, Query, Shape
from engine.queries.overview.failing_steps import Failing
from engine.queries.overview.statistics import Figures, Lengths, Results


class StatisticsQuery(Query):
    workflow_id: Id | None = None
    days: int = Field(30, ge=1, le=366, description="Today included, in the zone of the account.")


class Outcomes(Shape):
    """`successRate` is the percentage of those that ended by themselves."""

    runs: int
    completed: int
    failed: int
    cancelled: int
    success_rate: float | None


class DayOutcomes(Outcomes):
    day: date


class Percentiles(Shape):
    """In milliseconds, right to a few per cent."""

    p50: int | None
    p95: int | None


class SlowWorkflow(Shape):
    workflow_id: str
    name: str
    runs: int
    duration_ms: Percentiles


class FailingStep(Shape):
    """How many runs failed with this step; `name` is its key when it is not live any more."""

    workflow_id: str
    workflow_name: str
    key: str
    name: str
    runs: int


class BusyHour(Shape):
    """Runs that ended in this hour of this weekday."""

    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    hour: int
    runs: int


class Statistics(Shape):
    total: Outcomes
    duration_ms: Percentiles
    waited_ms: Percentiles
    days: list[DayOutcomes]
    slowest: list[SlowWorkflow]
    failing_steps: list[FailingStep]
    hours: list[BusyHour]


def statistics(found: Figures, failing: Sequence[Failing]) -> Statistics:
    return Statistics.model_validate({
        "total": Outcomes.model_validate(found.total),
        "duration_ms": _percentiles(found.took), "waited_ms": _percentiles(found.waited),
        "days": [_day(day, results) for day, results in found.days.items()],
        "slowest": [SlowWorkflow(workflow_id=slow.id, name=slow.name, runs=slow.runs,
                                 duration_ms=_percentiles(slow.took)) for slow in found.slowest],
        "failing_steps": failing,
        "hours": [{"weekday": _WEEKDAYS[weekday], "hour": hour, "runs": runs}
                  for (weekday, hour), runs in sorted(found.hours.items())],
    })


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _day(day: date, results: Results) -> DayOutcomes:
    return DayOutcomes(day=day, **dict(Outcomes.model_validate(results)))


def _percentiles(lengths: Lengths) -> Percentiles:
    return Percentiles(p50=_milliseconds(lengths.half), p95=_milliseconds(lengths.most))


def _milliseconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds() * 1000)
