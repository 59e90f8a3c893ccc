"""Rehearsals as JSON: a schedule or a start, how long runs take, and what each rule would do."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from blueprints.schemas.base import Body, Id, Shape
from blueprints.schemas.triggers import ScheduleObject
from engine.domain.due.rehearsal import MOST_DURATIONS, Rehearsal, Rehearsals

_Seconds = Annotated[float, Field(ge=0, le=31_536_000, allow_inf_nan=False, strict=False)]


class RehearsalOrder(Body):
    """`schedule` or `triggerId`. Without `durationsSeconds` a start is played with its last runs."""

    schedule: ScheduleObject | None = None
    trigger_id: Id | None = None
    durations_seconds: Annotated[list[_Seconds], Field(min_length=1, max_length=MOST_DURATIONS)] | None = None
    days: Annotated[int, Field(ge=1, le=90)] = 30

    def durations(self) -> list[timedelta]:
        return [timedelta(seconds=seconds) for seconds in self.durations_seconds or ()]


class PlayedRule(Shape):
    """What becomes of the due times under one rule for a run that is still going."""

    rule: str
    is_current: bool
    started: int
    overlaps: int
    waited: int
    skipped: int
    stopped: int
    longest_wait_seconds: float
    longest_line: int
    most_at_once: int
    sentence: str


class PlayedRehearsal(Shape):
    """All rules over the same `due` times up to `until`."""

    until: datetime
    due: int
    durations_seconds: list[float]
    policies: list[PlayedRule]


def played(seen: Rehearsals, durations: list[timedelta], current: str) -> PlayedRehearsal:
    return PlayedRehearsal(
        until=seen.until, due=seen.due, durations_seconds=[length.total_seconds() for length in durations],
        policies=[_rule(one, current) for one in seen.by_rule],
    )


def _rule(one: Rehearsal, current: str) -> PlayedRule:
    return PlayedRule(
        rule=one.rule, is_current=one.rule == current, started=one.started, overlaps=one.overlaps,
        waited=one.waited, skipped=one.skipped, stopped=one.stopped,
        longest_wait_seconds=one.longest_wait.total_seconds(), longest_line=one.longest_line,
        most_at_once=one.most_at_once, sentence=one.sentence,
    )
