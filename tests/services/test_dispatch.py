"""Every due time becomes exactly one record: a run, or a row that says why there was none."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text, update

from engine.domain.ids import new_id
from engine.models import Execution, Occurrence, ProducerSchedule, Trigger
from engine.services.due import dispatch
from engine.services.workflows import triggers, workflows
from tests.services.conftest import (
    EVERY_5_SECONDS,
    ONCE,
    WEEKDAYS_AT_9,
    add_schedule,
    ledger_of,
    schedules_of,
)
from tests.support.stories import Engine

CORRUPT: dict[str, object] = {"schedule_value": text("'{not json'")}


def tick(engine: Engine) -> int:
    due: int = engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))
    return due


def outcomes(engine: Engine, trigger_id: str) -> list[tuple[str, str | None]]:
    return [(row.outcome, row.reason) for row in ledger_of(engine, trigger_id)]


def test_a_due_time_becomes_one_occurrence_and_one_pending_run(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS, inputs={"region": "north"})
    due = engine.clock.pass_time(seconds=5)
    assert tick(engine) == 1
    (row,) = ledger_of(engine, trigger_id)
    run = engine.execution(row.execution_id)
    assert (row.scheduled_at, row.outcome) == (due, "started")
    assert (run.status, run.started_by, run.input, run.trigger_id, run.occurrence_id) == (
        "pending", "schedule", {"region": "north"}, trigger_id, row.id)


def test_a_late_tick_does_not_drift(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    start = engine.clock.at
    for late in (7, 12, 16, 20):
        engine.clock.at = start + timedelta(seconds=late)
        tick(engine)
    assert [row.scheduled_at - start for row in ledger_of(engine, trigger_id)] == [
        timedelta(seconds=seconds) for seconds in (5, 10, 15, 20)]


def test_every_time_of_a_short_hiccup_runs(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    engine.clock.pass_time(seconds=22)
    tick(engine)
    assert outcomes(engine, trigger_id) == [("started", None)] * 4


def test_after_an_outage_one_late_run_and_a_row_for_each_missed_time(
    engine: Engine, workflow_id: str
) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", {"interval": "1h"})
    engine.clock.pass_time(hours=4, minutes=30)
    tick(engine)
    assert outcomes(engine, trigger_id) == [("missed", "covered")] * 3 + [("started", None)]


def test_two_producers_due_together_do_not_touch_each_other(engine: Engine, workflow_id: str) -> None:
    orders = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    bank = add_schedule(engine, workflow_id, "bank", WEEKDAYS_AT_9)
    before = schedules_of(engine, workflow_id)["bank"]
    engine.clock.pass_time(seconds=5)
    tick(engine)
    assert len(ledger_of(engine, orders)) == 1
    assert (ledger_of(engine, bank), schedules_of(engine, workflow_id)["bank"]) == ([], before)


def test_a_one_time_schedule_ends_after_its_run(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "once", ONCE)
    engine.clock.pass_time(hours=32)
    tick(engine)
    row = schedules_of(engine, workflow_id)["once"]
    assert (row.state, row.next_run_at, len(ledger_of(engine, trigger_id))) == ("ended", None, 1)


@pytest.mark.parametrize("broken", [
    {"schedule_value": {"cron": "61 * * * *", "timezone": "UTC"}},
    {"schedule_value": {"interval": "5s", "timezone": "Mars/Olympus"}},
    {"schedule_value": {"something": "else"}},
    CORRUPT,
], ids=["bad cron", "bad zone", "not a schedule", "corrupt JSON"])
def test_one_broken_row_is_parked_with_its_error_and_the_others_run(
    engine: Engine, workflow_id: str, broken: dict[str, object]
) -> None:
    """Fault 8: somebody wrote nonsense into the database."""
    if broken is CORRUPT and not engine.database.is_sqlite:
        pytest.skip("Postgres does not let such a text in")
    bad = add_schedule(engine, workflow_id, "bad", EVERY_5_SECONDS)
    good = add_schedule(engine, workflow_id, "good", EVERY_5_SECONDS)
    with engine.database.transaction() as uow:
        uow.execute(update(ProducerSchedule).where(ProducerSchedule.trigger_id == bad).values(**broken))
    engine.clock.pass_time(seconds=5)
    tick(engine)
    row = schedules_of(engine, workflow_id)["bad"]
    assert (row.state, row.next_run_at) == ("error", None)
    assert row.note
    assert (outcomes(engine, bad), outcomes(engine, good)) == ([("skipped", "error")], [("started", None)])
    engine.do(lambda uow: triggers.edit(uow, bad, by=None, at=engine.clock.at, name="mended"))
    assert schedules_of(engine, workflow_id)["mended"].state == "active"


def test_nothing_fires_after_a_workflow_was_switched_off(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    engine.do(lambda uow: workflows.switch(uow, workflow_id, "off", by="x", at=engine.clock.at))
    engine.clock.pass_time(hours=1)
    assert (tick(engine), ledger_of(engine, trigger_id)) == (0, [])


def _seed_due(engine: Engine, workflow_id: str, count: int) -> None:
    at = engine.clock.at
    trigger_rows, schedule_rows = [], []
    for number in range(count):
        trigger_id = new_id(at)
        value = {"interval": "1h", "align": "clock", "timezone": "UTC"}
        trigger_rows.append({
            "id": trigger_id, "workflow_id": workflow_id, "name": f"p{number}", "kind": "schedule",
            "config": {"schedule": value}, "inputs": {}, "enabled": True, "created_at": at, "updated_at": at,
        })
        schedule_rows.append({
            "id": new_id(at), "workflow_id": workflow_id, "producer_name": f"p{number}",
            "trigger_id": trigger_id, "schedule_type": "interval", "schedule_value": value,
            "timezone": "UTC", "next_run_at": at, "state": "active", "updated_at": at,
        })
    with engine.database.transaction() as uow:
        uow.execute(insert(Trigger), trigger_rows)
        uow.execute(insert(ProducerSchedule), schedule_rows)


def test_two_leaders_racing_over_500_due_rows_give_500_runs(engine: Engine, workflow_id: str) -> None:
    _seed_due(engine, workflow_id, 500)
    barrier = threading.Barrier(2)

    def race() -> None:
        barrier.wait()
        while engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at)):
            pass

    racers = [threading.Thread(target=race) for _ in range(2)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    with engine.database.reading() as connection:
        runs = connection.execute(select(func.count()).select_from(Execution)).scalar_one()
        per_trigger = connection.execute(select(Occurrence.trigger_id)).scalars().all()
    assert runs == 500
    assert Counter(Counter(per_trigger).values()) == {1: 500}


def test_a_second_dispatch_of_the_same_moment_makes_no_second_run(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    due = engine.clock.pass_time(seconds=5)
    tick(engine)
    with engine.database.transaction() as uow:
        uow.execute(update(ProducerSchedule).values(next_run_at=due))
    tick(engine)
    assert len(ledger_of(engine, trigger_id)) == 1
    with engine.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Execution)).scalar_one() == 1
