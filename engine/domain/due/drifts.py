"""Runs that outlast the gap between planned times: two numbers, and a cure for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from engine.domain.time.durations import in_words

FEWEST: Final = 10
_SHARE: Final = 0.95
_ROOM: Final = 1.25
# Gaps people would choose, in seconds.
_NICE: Final = tuple(60 * minutes for minutes in (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440))


@dataclass(frozen=True)
class Drift:
    """How long runs take and wait (95 of 100 stay below), against the usual `gap` between planned times."""

    takes: timedelta
    waits: timedelta
    gap: timedelta
    skipped: int
    total: int

    @property
    def sentence(self) -> str:
        """Say what is wrong, and what would help."""
        said = f"Runs take {in_words(self.takes)} but are planned every {in_words(self.gap)}."
        if self.takes <= self.gap:
            said = f"Runs take {in_words(self.takes)} but wait {in_words(self.waits)} before they begin."
        skipped = f" {self.skipped:,} of {self.total:,} were skipped." if self.skipped else ""
        return f"{said}{skipped} {self.cure}"

    @property
    def cure(self) -> str:
        if self.takes <= self.gap:
            return "More workers would help, or fewer starts at the same time."
        return f"Try every {in_words(room_for(self.takes))}."


def drift(
    took: Sequence[timedelta], waited: Sequence[timedelta], gap: timedelta | None, *, skipped: int, total: int
) -> Drift | None:
    """Return the figures when runs don't fit into the gap; None while they do or too little is known."""
    if gap is None or len(took) < FEWEST:
        return None
    takes, waits = usual(took), usual(waited)
    fits = takes + waits <= gap
    return None if fits else Drift(takes, waits, gap, skipped, total)


def usual(lengths: Sequence[timedelta]) -> timedelta:
    """Return the length that 95 of 100 stay below."""
    ranked = sorted(lengths)
    return ranked[min(len(ranked) - 1, int(len(ranked) * _SHARE))] if ranked else timedelta()


def gap_between(moments: Sequence[datetime]) -> timedelta | None:
    """Return the middle one of the gaps between planned times, in order."""
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    return timedelta(seconds=median(gaps)) if gaps else None


def room_for(length: timedelta) -> timedelta:
    """Return the next gap people would choose that leaves some room."""
    needed = length.total_seconds() * _ROOM
    return timedelta(seconds=next((nice for nice in _NICE if nice >= needed), 86_400 * -(-needed // 86_400)))
