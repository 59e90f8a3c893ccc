"""How long history is kept: what goes when, and what that frees. Rehearsal and deed ask the same function.

Runs that went well or were stopped are kept for `days`, the newest `runs` of them at most; failed ones
for `failures_days`. Halfway there a run loses its data: what went in and out of its steps, and its log.
Where a workflow's data takes more than `megabytes`, the oldest goes sooner. The newest run of either
kind stays whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from pydantic import Field

from engine.domain.data.sizes import size_words
from engine.domain.steps.documents import Part
from engine.domain.words import counted

# What a run without its data takes, its steps included: about.
ROW_BYTES: Final = 1_000
MEGABYTE: Final = 1_000_000


class Retention(Part):
    """What a workflow says itself; what is None is as the installation says."""

    days: int | None = Field(default=None, ge=1, le=3_650)
    runs: int | None = Field(default=None, ge=1, le=1_000_000)
    failures_days: int | None = Field(default=None, ge=1, le=3_650)
    megabytes: int | None = Field(default=None, ge=1, le=1_000_000)
    planned_days: int | None = Field(default=None, ge=90, le=3_650)

    def own(self) -> dict[str, int]:
        """Return what is said."""
        return self.model_dump(exclude_none=True)


@dataclass(frozen=True)
class Keep:
    """A whole rule. `planned_days` is for the record of planned times."""

    days: int = 30
    runs: int = 1_000
    failures_days: int = 90
    megabytes: int = 1_000
    planned_days: int = 180

    def but(self, own: Mapping[str, int]) -> "Keep":
        """Return the rule with what a workflow says itself."""
        return replace(self, **own)

    def gone_before(self, failed: bool, at: datetime) -> date:
        return (at - timedelta(days=self.failures_days if failed else self.days)).date()

    def bare_before(self, failed: bool, at: datetime) -> date:
        days = self.failures_days if failed else self.days
        return (at - timedelta(days=(days + 1) // 2)).date()

    def planned_before(self, at: datetime) -> datetime:
        return at - timedelta(days=self.planned_days)


class Day(NamedTuple):
    """The ended runs of one day, failed ones or all others; `full` of them still have their data."""

    workflow_id: str
    day: date
    failed: bool
    runs: int
    full: int
    bytes: int


class Removal(NamedTuple):
    """The oldest `deleted` runs of a day go, the oldest `bared` of those left lose their data."""

    workflow_id: str
    day: date
    failed: bool
    deleted: int
    bared: int
    freed: int


@dataclass
class _Left:
    """What is left of a day while the rule is played through."""

    day: Day
    spare: int
    deleted: int = 0
    bared: int = 0

    @property
    def removable(self) -> int:
        return max(0, self.day.runs - self.deleted - self.spare)

    @property
    def full(self) -> int:
        return max(0, min(self.day.full, self.day.runs - self.deleted) - self.bared)

    @property
    def each(self) -> float:
        """What a run with its data takes."""
        bare = ROW_BYTES * (self.day.runs - self.day.full)
        return max(ROW_BYTES, (self.day.bytes - bare) / self.day.full) if self.day.full else ROW_BYTES

    @property
    def freed(self) -> int:
        full_deleted = max(0, self.deleted - (self.day.runs - self.day.full))
        bare_deleted = self.deleted - full_deleted
        freed = full_deleted * self.each + bare_deleted * ROW_BYTES + self.bared * (self.each - ROW_BYTES)
        return min(self.day.bytes, round(freed))


def removals(keep: Keep, days: Iterable[Day], at: datetime) -> list[Removal]:
    """Return what has to go of one workflow's history by now, the oldest first."""
    ordered = sorted(days, key=lambda day: (day.day, day.failed))
    newest = {day.failed: day for day in ordered}
    left = [_Left(day, spare=1 if newest[day.failed] is day else 0) for day in ordered]
    for one in left:
        if one.day.day < keep.gone_before(one.day.failed, at):
            one.deleted = one.removable
    _by_number(keep, left)
    for one in left:
        if one.day.day < keep.bare_before(one.day.failed, at):
            one.bared = max(0, one.full - one.spare)
    _by_size(keep, left)
    return [Removal(*one.day[:3], one.deleted, one.bared, one.freed)
            for one in left if one.deleted or one.bared]


def _by_number(keep: Keep, left: Sequence[_Left]) -> None:
    well = [one for one in left if not one.day.failed]
    surplus = sum(one.day.runs - one.deleted for one in well) - keep.runs
    for one in well:
        more = min(max(surplus, 0), one.removable)
        one.deleted += more
        surplus -= more


def _by_size(keep: Keep, left: Sequence[_Left]) -> None:
    too_much = sum(one.day.bytes - one.freed for one in left) - keep.megabytes * MEGABYTE
    for one in left:
        if too_much <= 0:
            return
        before = one.freed
        wanted = -(-too_much // max(1, round(one.each - ROW_BYTES)))
        one.bared += min(wanted, max(0, one.full - one.spare))
        too_much -= one.freed - before


@dataclass(frozen=True)
class Effect:
    """What a rule would do now."""

    runs: int
    failures: int
    bared: int
    bytes: int

    @classmethod
    def of(cls, found: Iterable[Removal]) -> "Effect":
        listed = list(found)
        return cls(
            runs=sum(one.deleted for one in listed),
            failures=sum(one.deleted for one in listed if one.failed),
            bared=sum(one.bared for one in listed),
            bytes=sum(one.freed for one in listed),
        )

    def in_words(self) -> str:
        if not self.runs and not self.bared:
            return "Nothing has to go now."
        said = [f"Frees about {size_words(self.bytes)}"]
        if self.runs:
            failed = f" ({self.failures:,} of them failed)" if self.failures else ""
            said.append(f"deletes {counted(self.runs, 'run')}{failed}")
        if self.bared:
            said.append(f"removes the data of {self.bared:,} more" if self.runs
                        else f"removes the data of {counted(self.bared, 'run')}")
        if not self.failures:
            said.append("keeps all failures")
        return ", ".join(said) + "."
