"""What saving a changed schedule does to its coming times: which are new, which go, which stay."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engine.domain.time.clock_changes import local_time
from engine.domain.time.durations import in_words
from engine.domain.timetables.occurrences import Surroundings, next_occurrence, occurrences
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import clock_text, counted, date_text, joined, zone_text

HORIZON: Final = timedelta(days=90)
# Every minute has 129,600 times in that span; a few days of it say the same.
MOST_COMPARED: Final = 2_000
SHOWN: Final = 3
STARTS_NOTHING: Final = "Saving starts nothing now."
_NOTHING: Final = Surroundings()


@dataclass(frozen=True)
class Changes:
    """Counts are exact from the moment of asking to `until`; `added_first` and the like begin them."""

    until: datetime
    timezone: str
    span: timedelta
    added: int
    removed: int
    kept: int
    added_first: tuple[datetime, ...]
    removed_first: tuple[datetime, ...]
    next: datetime | None

    @property
    def first_new(self) -> datetime | None:
        return self.added_first[0] if self.added_first else None

    @property
    def sentence(self) -> str:
        """Say it in words, with the next time and that saving starts nothing by itself."""
        return " ".join(filter(None, [_difference(self), _coming(self), STARTS_NOTHING]))


def compare(
    old: Schedule | None, new: Schedule, at: datetime, *, around: Surroundings = _NOTHING,
    horizon: timedelta = HORIZON, most: int = MOST_COMPARED,
) -> Changes:
    """Compare the times after `at` until `horizon`, or for as far as `most` different times reach.

    `old` None is a schedule that could not be read and so had no times.
    """
    tally = _Tally()
    until = at + horizon
    before = occurrences(old, at, until=until, around=around) if old else iter(())
    pairs = _side_by_side(before, occurrences(new, at, until=until, around=around))
    for compared, (moment, was, will) in enumerate(pairs):
        if compared == most:
            until = tally.last
            break
        tally.count(moment, was, will)
    return Changes(until, new.timezone, until - at, tally.added, tally.removed, tally.kept,
                   tuple(tally.added_first), tuple(tally.removed_first),
                   next_occurrence(new, at, around=around))


class _Tally:
    def __init__(self) -> None:
        self.added = self.removed = self.kept = 0
        self.added_first: list[datetime] = []
        self.removed_first: list[datetime] = []
        self.last: datetime

    def count(self, moment: datetime, was: bool, will: bool) -> None:
        self.last = moment
        if was and will:
            self.kept += 1
        elif will:
            self.added += 1
            self.added_first += [moment] if self.added <= SHOWN else []
        else:
            self.removed += 1
            self.removed_first += [moment] if self.removed <= SHOWN else []


def _side_by_side(
    old: Iterator[datetime], new: Iterator[datetime]
) -> Iterator[tuple[datetime, bool, bool]]:
    """Walk both in step: every moment once, with whether the old and whether the new has it."""
    was, will = next(old, None), next(new, None)
    while was or will:
        moment = min(filter(None, [was, will]))
        in_old, in_new = was == moment, will == moment
        yield moment, in_old, in_new
        was = next(old, None) if in_old else was
        will = next(new, None) if in_new else will


def _difference(changes: Changes) -> str:
    span = f"In the next {in_words(changes.span)}"
    if not changes.added and not changes.removed:
        return f"{span} all {_times(changes.kept)} stay as they are." if changes.kept > 1 else (
            f"{span} the times stay as they are.")
    parts = [
        f"{_times(changes.added)} {_verb(changes.added)} added" if changes.added else "",
        f"{_times(changes.removed)} {_verb(changes.removed)} taken away" if changes.removed else "",
        f"{_times(changes.kept) if changes.kept else 'none'} {'stay' if changes.kept > 1 else 'stays'}",
    ]
    return f"{span} {joined([part for part in parts if part])}."


def _coming(changes: Changes) -> str:
    if changes.next is None:
        return "It will not run again."
    zone = zone_text(changes.timezone)
    if changes.first_new and changes.first_new != changes.next:
        return (f"The next is {_moment(changes, changes.next)}, as before, "
                f"and the first new one {_moment(changes, changes.first_new)}, {zone}.")
    return f"The next is {_moment(changes, changes.next)}, {zone}."


def _moment(changes: Changes, moment: datetime) -> str:
    local = local_time(moment, changes.timezone)
    return f"{date_text(local)}, {clock_text(local)}"


def _times(count: int) -> str:
    return counted(count, "time")


def _verb(count: int) -> str:
    return "is" if count == 1 else "are"
