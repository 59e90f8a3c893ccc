"""Something changes in the second a run is due: it ran or was withdrawn, and the new rule goes on."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from engine.db import UnitOfWork
from engine.domain.schedules.schedules import parse_schedule
from engine.services.due import dispatch
from engine.services.workflows import triggers, workflows
from tests.services.conftest import add_schedule, ledger_of, schedules_of
from tests.support.stories import Engine

ROUNDS = 50
SLOW = {"interval": "10m", "policies": {"overlap": "allow"}}
Act = Callable[[UnitOfWork, str, str], None]


def _edit(engine: Engine) -> Act:
    rule = parse_schedule({**SLOW, "interval": "7m"}, at=engine.clock.at)
    return lambda uow, workflow_id, trigger_id: triggers.edit(
        uow, trigger_id, by=None, at=engine.clock.at, schedule=rule)


def _zone(engine: Engine) -> Act:
    there = parse_schedule({"cron": "0 3 * * *", "timezone": "Asia/Tokyo"}, at=engine.clock.at)
    return lambda uow, workflow_id, trigger_id: triggers.edit(
        uow, trigger_id, by=None, at=engine.clock.at, schedule=there)


def _switch(state: str) -> Callable[[Engine], Act]:
    return lambda engine: lambda uow, workflow_id, trigger_id: workflows.switch(
        uow, workflow_id, state, by="x", at=engine.clock.at)


def together(engine: Engine, act: Act, workflow_id: str, trigger_id: str) -> None:
    barrier = threading.Barrier(2)

    def do(work: Callable[[UnitOfWork], object]) -> None:
        barrier.wait()
        engine.do(work)

    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(do, lambda uow: act(uow, workflow_id, trigger_id))
        pool.submit(do, lambda uow: dispatch.dispatch(uow, engine.clock.at)).result()
        changing.result()


def _after(minutes: int) -> Callable[[datetime], datetime]:
    return lambda due: due + timedelta(minutes=minutes)


def _three_in_tokyo(due: datetime) -> datetime:
    evening = due.replace(hour=18, minute=0)
    return evening if evening > due else evening + timedelta(days=1)


@pytest.mark.parametrize(("change", "following"), [
    (_edit, _after(7)), (_zone, _three_in_tokyo), (_switch("paused"), _after(10)),
    (_switch("on"), _after(10)),
], ids=["edit", "zone", "pause", "resume"])
def test_in_the_second_it_is_due_it_ran_or_was_withdrawn(
    engine: Engine, workflow_id: str, change: Callable[[Engine], Act],
    following: Callable[[datetime], datetime],
) -> None:
    """Fault 38: two hundred times, each time who comes first is left to chance."""
    for number in range(ROUNDS):
        trigger_id = add_schedule(engine, workflow_id, f"start {number}", SLOW)
        due = engine.clock.pass_time(minutes=10)
        together(engine, change(engine), workflow_id, trigger_id)
        engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))
        (row,) = ledger_of(engine, trigger_id)
        assert (row.scheduled_at, row.outcome, row.reason) in [
            (due, "started", None), (due, "skipped", "edited"), (due, "skipped", "paused")]
        engine.do(lambda uow: workflows.switch(uow, workflow_id, "on", by="x", at=engine.clock.at))
        planned = schedules_of(engine, workflow_id)[f"start {number}"]
        assert (planned.state, len(ledger_of(engine, trigger_id))) == ("active", 1)
        assert planned.next_run_at == following(due)
        engine.do(lambda uow, trigger_id=trigger_id: triggers.remove(
            uow, trigger_id, by=None, at=engine.clock.at))
