"""Counters of ended runs: what is counted for each, and what can be read from the sums.

Lengths of time are counted in buckets, each 2^(1/4) as long as the one before, with their sum. A percentile
is the mean of its bucket: exact where one run, or runs of one length, are in it, and right to a few per cent
whatever the number of runs.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from engine.domain.runs.states import COMPLETED

# Results are counted by the hour; how long runs took and waited in line, by the day (UTC).
TOOK: Final = "took"
WAITED: Final = "waited"
_PER_DOUBLING: Final = 4


class Ended(NamedTuple):
    """A run that has just ended; the lengths are None for one that never began, `failed_step` is the step
    it failed with, if it was one."""

    workflow_id: str
    status: str
    at: datetime
    duration_ms: int | None
    waited_ms: int | None
    failed_step: str | None = None


class Cell(NamedTuple):
    """One counter."""

    workflow_id: str
    at: datetime
    measure: str
    bucket: int


class Failing(NamedTuple):
    """The counter of runs that failed with one step, for one day (UTC)."""

    workflow_id: str
    at: datetime
    step_key: str


def failing(ended: Iterable[Ended]) -> dict[Failing, int]:
    """Return runs to add to each counter of failing steps, in the order every writer keeps to."""
    runs = Counter(
        Failing(run.workflow_id, _day_of(run.at), run.failed_step) for run in ended if run.failed_step
    )
    return {counter: runs[counter] for counter in sorted(runs)}


def tallied(ended: Iterable[Ended]) -> dict[Cell, tuple[int, int]]:
    """Return runs and milliseconds to add to each counter, in the order every writer keeps to."""
    runs: Counter[Cell] = Counter()
    milliseconds: Counter[Cell] = Counter()
    for run in ended:
        for cell, length in _cells(run):
            runs[cell] += 1
            milliseconds[cell] += length
    return {cell: (runs[cell], milliseconds[cell]) for cell in sorted(runs)}


def _cells(run: Ended) -> Iterable[tuple[Cell, int]]:
    hour, day = run.at.replace(minute=0, second=0, microsecond=0), _day_of(run.at)
    yield Cell(run.workflow_id, hour, run.status, 0), run.duration_ms or 0
    # How long a run usually takes is what those say that went well.
    if run.status == COMPLETED and run.duration_ms is not None:
        yield Cell(run.workflow_id, day, TOOK, bucket_of(run.duration_ms)), run.duration_ms
    if run.waited_ms is not None:
        yield Cell(run.workflow_id, day, WAITED, bucket_of(run.waited_ms)), run.waited_ms


def _day_of(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def bucket_of(milliseconds: int) -> int:
    return int(_PER_DOUBLING * math.log2(max(milliseconds, 1)))


class Bucket(NamedTuple):
    """Runs of about the same length, and how long all of them took."""

    runs: int = 0
    milliseconds: int = 0

    def plus(self, runs: int, milliseconds: int) -> "Bucket":
        return Bucket(self.runs + runs, self.milliseconds + milliseconds)


def percentile(buckets: Mapping[int, Bucket], share: float) -> timedelta | None:
    """Return the length that `share` of the counted runs did not exceed; None when there are none."""
    wanted = share * sum(bucket.runs for bucket in buckets.values())
    seen = 0
    for number in sorted(buckets):
        runs, milliseconds = buckets[number]
        seen += runs
        if runs and seen >= wanted:
            return timedelta(milliseconds=round(milliseconds / runs))
    return None
