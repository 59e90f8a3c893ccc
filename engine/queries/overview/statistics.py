"""Figures of ended runs, read from the counters. The history itself is never counted."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select, true

from engine.domain.runs.states import FINAL
from engine.domain.runs.statistics import TOOK, WAITED, Bucket, percentile
from engine.models import Statistic, Workflow
from engine.queries.workflows import names

SLOWEST: Final = 10
_LATELY: Final = 30
Buckets = dict[int, Bucket]


@dataclass(frozen=True)
class Results:
    """How many runs ended how."""

    completed: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def runs(self) -> int:
        return self.completed + self.failed + self.cancelled

    @property
    def success_rate(self) -> float | None:
        """Percent of those that ended by themselves; None when none did."""
        ended = self.completed + self.failed
        return round(100 * self.completed / ended, 1) if ended else None


@dataclass(frozen=True)
class Lengths:
    """A length that half of the runs did not exceed, and one that 95 of 100 did not."""

    half: timedelta | None
    most: timedelta | None

    @classmethod
    def of(cls, buckets: Mapping[int, Bucket]) -> "Lengths":
        return cls(percentile(buckets, 0.5), percentile(buckets, 0.95))


@dataclass(frozen=True)
class Slow:
    """A workflow among the slowest."""

    id: str
    slug: str
    name: str
    runs: int
    took: Lengths


@dataclass(frozen=True)
class Figures:
    """`days` has every day of the time looked at; `hours` counts by weekday (Monday 0) and hour."""

    days: dict[date, Results]
    total: Results
    took: Lengths
    waited: Lengths
    slowest: Sequence[Slow]
    hours: dict[tuple[int, int], int]

    @property
    def busiest(self) -> int | None:
        """The hour of the day in which most runs ended."""
        by_hour: Counter[int] = Counter()
        for (_, hour), runs in self.hours.items():
            by_hour[hour] += runs
        return by_hour.most_common(1)[0][0] if by_hour else None


@dataclass(frozen=True)
class Scope:
    """Which runs: of the workflows that are `visible`, or of one of them; of the last `days` days, today
    included, as the clocks of `zone` count them."""

    visible: ColumnElement[bool]
    at: datetime
    days: int
    zone: str
    workflow_id: str | None = None

    @property
    def dates(self) -> list[date]:
        today = self.local(self.at).date()
        return [today - timedelta(days=ago) for ago in reversed(range(self.days))]

    @property
    def since(self) -> datetime:
        return datetime.combine(self.dates[0], time(), ZoneInfo(self.zone))

    @property
    def first_day(self) -> datetime:
        """What is counted by the day begins here: at the midnight (UTC) before `since`."""
        return self.since.astimezone(UTC).replace(hour=0, minute=0)

    @property
    def mine(self) -> ColumnElement[bool]:
        """Which workflows, as a condition."""
        one = true() if self.workflow_id is None else Workflow.id == self.workflow_id
        return and_(self.visible, one)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))


def figures(connection: Connection, scope: Scope) -> Figures:
    """Return all there is to say about these runs."""
    by_day: defaultdict[date, Counter[str]] = defaultdict(Counter)
    hours: Counter[tuple[int, int]] = Counter()
    for row in connection.execute(_counted(scope, FINAL, Statistic.at, Statistic.measure)):
        local = scope.local(row.at)
        by_day[local.date()][row.measure] += int(row.runs)
        hours[local.weekday(), local.hour] += int(row.runs)
    took, waited, each = _lengths(connection, scope)
    return Figures(
        {day: Results(**by_day[day]) for day in scope.dates},
        Results(**sum(by_day.values(), Counter())), Lengths.of(took), Lengths.of(waited),
        _slowest(connection, each), dict(hours),
    )


def took(connection: Connection, workflow_id: str, at: datetime) -> Lengths:
    """Return how long good runs of a workflow took in the last 30 days."""
    return Lengths.of(_lengths(connection, Scope(true(), at, _LATELY, "UTC", workflow_id))[0])


def by_workflow(connection: Connection, scope: Scope) -> list[tuple[date, str, Results]]:
    """Return the results of each day and workflow, for a file."""
    found: defaultdict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    groups = (Statistic.at, Statistic.measure, Workflow.name, Workflow.slug)
    alike = names.doubled(connection, scope.visible)
    for row in connection.execute(_counted(scope, FINAL, *groups)):
        name = names.called(row.name, row.slug, alike)
        found[scope.local(row.at).date(), name][row.measure] += int(row.runs)
    return [(day, name, Results(**counts)) for (day, name), counts in sorted(found.items())]


def _lengths(connection: Connection, scope: Scope) -> tuple[Buckets, Buckets, dict[str, Buckets]]:
    """Return the buckets of lengths and of waits, and the lengths by workflow. They are kept by UTC day."""
    sums: dict[str, Buckets] = {TOOK: {}, WAITED: {}}
    each: defaultdict[str, Buckets] = defaultdict(dict)
    groups = (Statistic.workflow_id, Statistic.measure, Statistic.bucket)
    for row in connection.execute(_counted(scope, (TOOK, WAITED), *groups)):
        _add(sums[row.measure], row)
        if row.measure == TOOK:
            _add(each[row.workflow_id], row)
    return sums[TOOK], sums[WAITED], dict(each)


def _add(buckets: Buckets, row: Row[Any]) -> None:
    buckets[row.bucket] = buckets.get(row.bucket, Bucket()).plus(int(row.runs), int(row.total_ms))


def _counted(scope: Scope, measures: Sequence[str], *groups: Any) -> Select[Any]:
    since = scope.first_day if TOOK in measures else scope.since.astimezone(UTC)
    sums = (func.sum(column).label(column.key) for column in (Statistic.runs, Statistic.total_ms))
    return (
        select(*groups, *sums)
        .join_from(Workflow, Statistic, Statistic.workflow_id == Workflow.id)
        .where(scope.mine, Statistic.at >= since, Statistic.measure.in_(measures)).group_by(*groups)
    )


def _slowest(connection: Connection, each: Mapping[str, Buckets]) -> list[Slow]:
    measured = {workflow_id: Lengths.of(buckets) for workflow_id, buckets in each.items()}
    first = sorted(measured, key=lambda one: measured[one].most or timedelta(), reverse=True)[:SLOWEST]
    rows = connection.execute(select(Workflow.id, Workflow.slug, Workflow.name).where(Workflow.id.in_(first)))
    named = {row.id: row for row in rows}
    runs = {one: sum(bucket.runs for bucket in each[one].values()) for one in first}
    return [Slow(*named[one], runs[one], measured[one]) for one in first]
