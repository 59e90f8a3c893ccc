"""What becomes of due times that were missed, come too late, or meet a run still going."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engine.domain.runs.states import MISSED, SKIPPED
from engine.domain.timetables.policies import Missed, Policies

GRACE: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Start:
    """A time that gets its run, `not_before` a moment so that many do not start together."""

    scheduled_at: datetime
    not_before: datetime


@dataclass(frozen=True)
class Unstarted:
    """A time that gets a row instead of a run; `reason` says why."""

    scheduled_at: datetime
    outcome: str
    reason: str


@dataclass(frozen=True)
class Decision:
    """Every due time is in exactly one of the two; `ask` asks a person about the second."""

    starts: tuple[Start, ...]
    unstarted: tuple[Unstarted, ...]
    ask: bool = False


@dataclass(frozen=True)
class OverlapDecision:
    """`action` is start, wait, skip or replace; `reason` is set for skip."""

    action: str
    reason: str | None = None


def decide(
    policies: Policies, due: Sequence[datetime], at: datetime, *, grace: timedelta = GRACE
) -> Decision:
    """Decide about all times due at `at`, oldest first.

    What is at most `grace` late was not missed: a hand-over between leaders takes seconds.
    """
    on_time = [moment for moment in due if at - moment <= grace]
    missed = due[:len(due) - len(on_time)]
    caught_up = _caught_up(policies.missed, missed, bool(on_time), at)
    late = [moment for moment in (*caught_up, *on_time) if is_too_late(policies, moment, at)]
    starts = [
        *_paced([moment for moment in caught_up if moment not in late], policies.missed.pace, at),
        *(Start(moment, at) for moment in on_time if moment not in late),
    ]
    left = [scheduled_at for scheduled_at in missed if scheduled_at not in caught_up]
    reason = _reason(policies.missed, bool(starts))
    return Decision(
        tuple(starts),
        (*(Unstarted(moment, MISSED, reason) for moment in left),
         *(Unstarted(moment, SKIPPED, "too_late") for moment in late)),
        ask=policies.missed.rule == "ask" and bool(left),
    )


def is_too_late(policies: Policies, scheduled_at: datetime, at: datetime) -> bool:
    return policies.too_late is not None and at - scheduled_at > policies.too_late


def overlap_decision(policies: Policies, *, running: int, waiting: int = 0) -> OverlapDecision:
    """What a new run does while `running` others go on and `waiting` stand in line."""
    rule = policies.overlap
    if not running and not waiting:
        return OverlapDecision("start")
    if rule.rule == "queue":
        full = waiting >= rule.limit
        return OverlapDecision("skip", "queue_full") if full else OverlapDecision("wait")
    if rule.rule == "skip":
        return OverlapDecision("skip", "still_running")
    return OverlapDecision("replace" if rule.rule == "replace" else "start")


def should_pause(policies: Policies, failures_in_a_row: int) -> bool:
    return policies.fail_pause is not None and failures_in_a_row >= policies.fail_pause


def _caught_up(
    rule: Missed, missed: Sequence[datetime], covered: bool, at: datetime
) -> Sequence[datetime]:
    """The missed times that still get a run; a run on time already stands for `once`."""
    if rule.rule == "all":
        return missed[-rule.limit:]
    if rule.rule == "once" and not covered:
        return [moment for moment in missed[-1:] if at - moment < rule.within]
    return []


def _reason(rule: Missed, covered: bool) -> str:
    if rule.rule == "once":
        return "covered" if covered else "too_old"
    return {"all": "over_limit", "skip": "skip_missed", "ask": "asked"}[rule.rule]


def _paced(starts: Sequence[datetime], pace: timedelta, at: datetime) -> list[Start]:
    return [Start(scheduled_at, at + pace * number) for number, scheduled_at in enumerate(starts)]
