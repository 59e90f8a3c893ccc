"""Which of the runs that are due may start now, and which stand in line behind one still going."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.domain.due.misfires import GRACE, Start, overlap_decision
from engine.domain.timetables.policies import Policies

BEGIN: Final = "start"
WAIT: Final = "wait"
SKIP: Final = "skip"
REPLACE: Final = "replace"


@dataclass(frozen=True)
class Placed:
    """A due time that would get a run, and what it does. `replace` stops what goes on, then starts."""

    start: Start
    action: str
    reason: str | None = None


def place(
    policies: Policies, starts: Sequence[Start], at: datetime, *, running: int, waiting: int
) -> list[Placed]:
    """Decide in the order of `starts`; each counts as going on for those after it.

    Times picked up late together, as after a hand-over between leaders, run one after another: had
    each come in time, it would have met nobody.
    """
    placed: list[Placed] = []
    alone = not running and not waiting
    for start in starts:
        one = _place(policies, start, at, running, waiting)
        if one.action == SKIP and alone and policies.overlap.rule == SKIP:
            one = Placed(start, WAIT)
        if one.action == REPLACE:
            placed = [_replaced(earlier) for earlier in placed]
        waiting += one.action == WAIT
        running += one.action in (BEGIN, REPLACE)
        placed.append(one)
    return placed


def catches_up(policies: Policies, start: Start, at: datetime) -> bool:
    """Whether someone wanted every missed time to run: such a run waits, it is not left out."""
    return policies.missed.rule in ("all", "ask") and at - start.scheduled_at > GRACE


def _place(policies: Policies, start: Start, at: datetime, running: int, waiting: int) -> Placed:
    if policies.overlap.rule == "allow":
        return Placed(start, BEGIN)
    if catches_up(policies, start, at):
        return Placed(start, WAIT if running or waiting or start.not_before > at else BEGIN)
    decision = overlap_decision(policies, running=running, waiting=waiting)
    return Placed(start, decision.action, decision.reason)


def _replaced(earlier: Placed) -> Placed:
    return Placed(earlier.start, SKIP, "replaced") if earlier.action in (BEGIN, REPLACE) else earlier
