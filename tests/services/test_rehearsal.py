"""A rehearsal and the dispatcher agree about every due time, whatever the rule for overlaps."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.domain.due.rehearsal import RULES, play
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Execution, Occurrence
from engine.services.due import dispatch
from engine.services.runs import overlaps
from tests.services.conftest import add_schedule, ledger_of
from tests.support.stories import Engine

GAP, MINUTE, COUNT = timedelta(minutes=10), timedelta(minutes=1), 24
DURATIONS = [MINUTE * minutes for minutes in (4, 14, 35, 9, 22)]


class Stage:
    """Runs that take as long as they are told, on the real tables, minute by minute."""

    def __init__(self, engine: Engine, trigger_id: str) -> None:
        self.engine, self.trigger_id, self.begin = engine, trigger_id, engine.clock.at
        self.ends: dict[str, datetime] = {}
        self.waited: set[str] = set()
        self.stopped = 0

    def play(self, minutes: int) -> None:
        for _ in range(minutes):
            at = self.engine.clock.pass_time(minutes=1)
            self._end_due(at)
            if at <= self.begin + GAP * COUNT:
                self.engine.do(lambda uow, at=at: dispatch.dispatch(uow, at))
            self._begin(at)

    def _end_due(self, at: datetime) -> None:
        for run_id in [run_id for run_id, end in self.ends.items() if end <= at]:
            del self.ends[run_id]
            self.engine.do(lambda uow, run_id=run_id: self._end(uow, run_id, at))

    def _end(self, uow: Any, run_id: str, at: datetime) -> None:
        uow.execute(update(Execution).where(Execution.id == run_id).values(status="completed"))
        if overlaps.admit_next(uow, self.trigger_id, at):
            self._take(uow, at)

    def _begin(self, at: datetime) -> None:
        self.engine.do(lambda uow: self._take(uow, at))

    def _take(self, uow: Any, at: datetime) -> None:
        rows = uow.execute(
            select(Execution.id, Execution.status, Execution.reason, Occurrence.scheduled_at)
            .join(Occurrence, Occurrence.id == Execution.occurrence_id)
        ).all()
        for row in rows:
            if row.reason == overlaps.OVERLAP:
                self.waited.add(row.id)
            elif row.status == "pending" and row.id not in self.ends:
                number = (row.scheduled_at - self.begin) // GAP - 1
                self.ends[row.id] = at + DURATIONS[number % len(DURATIONS)]
            elif row.status == "cancelled" and self.ends.pop(row.id, None):
                self.stopped += 1


@pytest.mark.parametrize("rule", RULES)
def test_a_rehearsal_foretells_what_the_dispatcher_does(
    engine: Engine, workflow_id: str, rule: str
) -> None:
    document = {"interval": "10m", "policies": {"overlap": {"rule": rule, "limit": 2}}}
    trigger_id = add_schedule(engine, workflow_id, "often", document)
    stage = Stage(engine, trigger_id)
    due = [engine.clock.at + GAP * number for number in range(1, COUNT + 1)]
    policies = parse_schedule(document, at=engine.clock.at).policies

    stage.play(COUNT * 10 + 120)

    outcomes = [row.outcome for row in ledger_of(engine, trigger_id)]
    foretold = play(policies, due, DURATIONS)
    assert (outcomes.count("started"), outcomes.count("skipped"), len(stage.waited), stage.stopped) == (
        foretold.started, foretold.skipped, foretold.waited, foretold.stopped)
