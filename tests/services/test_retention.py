"""History is kept within its rule, in small batches, and what still matters stays."""

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from engine.domain.retention import Keep, Retention
from engine.models import Execution, ExecutionLog, ExecutionStep, Occurrence, StoredDay, Workflow
from engine.queries import retention as queries
from engine.scheduler.leader import Leader
from engine.services import retention
from engine.services import stored as meter
from tests.services.conftest import EVERY_5_SECONDS, add_schedule
from tests.support.stories import add_live_workflow

NOTE = [{"key": "note", "type": "write_log", "with": {"message": "hello"}}]
STOP = [{"key": "stop", "type": "stop", "with": {"message": "no", "as": "failed"}}]


@pytest.fixture
def ran(engine, workflow_id, clock):
    """Run a workflow so many days ago and return the run's id."""
    def run(days_ago, which=None):
        now = clock.at
        clock.at = now - timedelta(days=days_ago)
        row = engine.run(which or workflow_id)
        clock.at = now
        return row.id

    return run


def tidy(engine, rounds=20):
    """Let everything be done that has to be done now; return in how many batches."""
    for number in range(rounds):
        with engine.database.reading() as connection:
            plan = queries.plan(connection, engine.clock.at)
        if not plan:
            return number
        while plan:
            plan = engine.do(lambda uow: retention.carry_out(uow, plan, engine.clock.at))  # noqa: B023
    raise AssertionError(f"it never ends: {plan}")


def kept(engine):
    with engine.database.reading() as connection:
        rows = connection.execute(select(Execution.id, Execution.trimmed_at))
        return {row.id: row.trimmed_at for row in rows}


def count(engine, model):
    with engine.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def test_old_runs_go_and_newer_ones_stay(engine, ran):
    old, new = ran(40), ran(2)

    tidy(engine)

    assert old not in kept(engine)
    assert kept(engine)[new] is None


def test_data_goes_before_the_run(engine, ran):
    middle = ran(20)
    ran(0)

    tidy(engine)

    assert kept(engine)[middle] == engine.clock.at
    assert engine.step_rows(middle)["note"].output is None
    assert engine.step_rows(middle)["note"].status == "completed"
    assert engine.log_events(middle) == []


def test_what_a_run_was_started_with_stays_as_long_as_the_run(engine, workflow_id, clock, ran):
    clock.at -= timedelta(days=20)
    run = engine.run(workflow_id, region="north")
    clock.at += timedelta(days=20)
    ran(0)

    tidy(engine)

    assert engine.execution(run.id).input == {"region": "north"}
    assert engine.execution(run.id).output is None


def test_failed_runs_stay_longer(engine, at, ran):
    failing = add_live_workflow(engine.database, at, STOP, name="Failing")
    failed = ran(40, failing)
    ran(0, failing)

    tidy(engine)

    assert failed in kept(engine)


def test_the_newest_run_stays_whole_however_old(engine, ran):
    only = ran(400)

    tidy(engine)

    assert kept(engine) == {only: None}


def test_a_run_that_still_goes_on_is_never_touched(engine, workflow_id, clock, ran):
    clock.at -= timedelta(days=400)
    live = engine.start(workflow_id)
    clock.at += timedelta(days=400)
    ran(0)

    tidy(engine)

    assert live in kept(engine)


@pytest.mark.parametrize("column", ["retry_of", "parent_id"])
def test_what_a_live_run_refers_to_stays(engine, workflow_id, ran, column):
    old = ran(40)
    ran(0)
    live = engine.start(workflow_id)
    engine.do(lambda uow: uow.execute(update(Execution).where(Execution.id == live).values(**{column: old})))

    plan = measured_plan(engine)
    assert plan.removals

    rest = engine.do(lambda uow: retention.carry_out(uow, plan, engine.clock.at))

    assert old in kept(engine)
    assert not rest.removals


def measured_plan(engine):
    engine.do(meter.measure)
    with engine.database.reading() as connection:
        return queries.plan(connection, engine.clock.at)


def test_what_a_live_run_started_stays(engine, workflow_id, ran):
    child = ran(40)
    ran(0)
    parent = engine.start(workflow_id)
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id == child).values(parent_id=parent)
    ))

    plan = measured_plan(engine)

    engine.do(lambda uow: retention.carry_out(uow, plan, engine.clock.at))

    assert child in kept(engine)


def test_a_workflow_may_keep_longer_than_the_others(engine, workflow_id, ran):
    old = ran(40)
    ran(0)
    engine.do(lambda uow: uow.execute(
        update(Workflow).where(Workflow.id == workflow_id).values(retention={"days": 60})
    ))

    tidy(engine)

    assert old in kept(engine)


def test_the_installation_may_keep_shorter(engine, at, ran):
    old = ran(8)
    ran(0)
    engine.do(lambda uow: retention.set_usual(uow, Retention(days=7), by="ann", at=at))

    tidy(engine)

    assert old not in kept(engine)
    with engine.database.reading() as connection:
        assert queries.usual(connection) == Keep(days=7)


def test_the_meter_knows_what_is_kept(engine, workflow_id, ran):
    ran(0)
    engine.run(workflow_id, text=random.Random(1).randbytes(25_000).hex())

    tidy(engine)

    (day,) = _days(engine, workflow_id)
    assert (day.runs, day.full, day.failed) == (2, 2, False)
    assert 25_000 < day.bytes < 60_000


def test_the_meter_goes_down_with_what_is_removed(engine, workflow_id, ran):
    ran(40)
    ran(20)
    ran(0)

    tidy(engine)

    assert {(day.day, day.runs, day.full) for day in _days(engine, workflow_id)} == {
        ((engine.clock.at - timedelta(days=20)).date(), 1, 0), (engine.clock.at.date(), 1, 1),
    }
    with engine.database.reading() as connection:
        stored = connection.execute(select(func.sum(Execution.stored_bytes))).scalar_one()
        assert stored == connection.execute(select(func.sum(StoredDay.bytes))).scalar_one()


def _days(engine, workflow_id):
    with engine.database.reading() as connection:
        return queries.days_of(connection)[workflow_id]


def test_a_very_long_log_goes_in_pieces(engine, ran, monkeypatch):
    old = ran(40)
    ran(0)
    lines = [{"execution_id": old, "level": "info", "message": "x", "at": engine.clock.at}] * 95
    engine.do(lambda uow: uow.execute(insert(ExecutionLog), lines))
    monkeypatch.setattr(retention, "_ROWS", 20)
    plan = measured_plan(engine)

    plan = engine.do(lambda uow: retention.carry_out(uow, plan, engine.clock.at))
    assert plan.removals
    assert old in kept(engine)
    tidy(engine)

    assert old not in kept(engine)
    assert count(engine, ExecutionStep) == 1


def test_how_a_run_went_stays_on_record_for_its_due_time(engine, workflow_id, clock):
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    leader = Leader(engine.database, "a")
    leader.tick(clock.now)
    clock.pass_time(seconds=5)
    leader.tick(clock.now)
    with engine.database.reading() as connection:
        run_id = connection.execute(select(Execution.id)).scalar_one()
    engine.runner.advance(run_id)
    clock.pass_time(days=40)
    engine.run(workflow_id)

    tidy(engine)

    assert run_id not in kept(engine)
    with engine.database.reading() as connection:
        row = connection.execute(
            select(*Occurrence.__table__.columns).where(Occurrence.trigger_id == trigger_id)
            .order_by(Occurrence.scheduled_at)
        ).first()
    assert (row.run_status, row.execution_id) == ("completed", None)
    assert row.run_duration_ms is not None


def test_the_record_of_planned_times_is_kept_for_180_days(engine, workflow_id, clock):
    trigger_id = add_schedule(engine, workflow_id, "daily", {"interval": "1d"})

    def add(days_ago):
        moment = clock.at - timedelta(days=days_ago)
        engine.do(lambda uow: uow.execute(insert(Occurrence).values(
            id=f"occurrence-{days_ago}", trigger_id=trigger_id, workflow_id=workflow_id, scheduled_at=moment,
            outcome="skipped", reason="holiday", created_at=moment,
        )))

    for days_ago in (179, 181):
        add(days_ago)

    tidy(engine)

    with engine.database.reading() as connection:
        assert connection.execute(select(Occurrence.id)).scalars().all() == ["occurrence-179"]


def test_the_leader_does_it_beside_its_ticks(engine, ran):
    old = ran(40)
    ran(0)
    leader = Leader(engine.database, "a")
    for _ in range(5):
        leader.tick(engine.clock.now)
        engine.clock.pass_time(seconds=61)

    assert old not in kept(engine)


def test_a_leader_that_lost_its_lease_removes_nothing(engine, ran):
    old = ran(40)
    ran(0)
    first, second = Leader(engine.database, "a"), Leader(engine.database, "b")
    first.tick(engine.clock.now)
    engine.do(meter.measure)
    engine.clock.pass_time(seconds=62)
    with engine.database.transaction() as uow:
        second._term = second._acquire(uow, engine.clock.at)
    first.tick(engine.clock.now)

    assert not first.leads
    assert old in kept(engine)


def test_nothing_to_do_is_planned_without_writing(engine, ran):
    ran(0)
    tidy(engine)

    with engine.database.reading() as connection:
        assert not queries.plan(connection, datetime.max.replace(year=2026, tzinfo=engine.clock.at.tzinfo))
