"""The meter follows what is kept; long histories go in pieces, beside the leader's ticks."""

import random
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from engine.domain.runs.statistics import Ended
from engine.models import Execution, ExecutionLog, ExecutionStep, FailedStep, Occurrence, Statistic, StoredDay
from engine.queries.server import retention as queries
from engine.scheduler.leader import Leader
from engine.services.runs import statistics
from engine.services.server import retention, stored
from tests.services.conftest import EVERY_5_SECONDS, add_schedule
from tests.support.history import carried_out, kept, measured_plan, metered, tidy


def test_the_meter_knows_what_is_kept(engine, workflow_id, ran):
    ran(0)
    engine.run(workflow_id, text=random.Random(1).randbytes(25_000).hex())

    tidy(engine)

    (day,) = metered(engine, workflow_id)
    assert (day.runs, day.full, day.failed) == (2, 2, False)
    assert 25_000 < day.bytes < 60_000


def test_the_meter_goes_down_with_what_is_removed(engine, workflow_id, ran):
    ran(40)
    ran(20)
    ran(0)

    tidy(engine)

    assert {(day.day, day.runs, day.full) for day in metered(engine, workflow_id)} == {
        ((engine.clock.at - timedelta(days=20)).date(), 1, 0), (engine.clock.at.date(), 1, 1),
    }
    with engine.database.reading() as connection:
        measured = connection.execute(select(func.sum(Execution.stored_bytes))).scalar_one()
        assert measured == connection.execute(select(func.sum(StoredDay.bytes))).scalar_one()


def test_a_very_long_log_goes_in_pieces(engine, ran, monkeypatch):
    old = ran(40)
    ran(0)
    lines = [{"execution_id": old, "level": "info", "message": "x", "at": engine.clock.at}] * 95
    engine.do(lambda uow: uow.execute(insert(ExecutionLog), lines))
    monkeypatch.setattr(retention, "_ROWS", 20)
    plan = measured_plan(engine)

    plan = carried_out(engine, plan)
    assert plan.removals
    assert old in kept(engine)
    tidy(engine)

    assert old not in kept(engine)
    with engine.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ExecutionStep)).scalar_one() == 1


def test_how_a_run_went_stays_on_record_for_its_due_time(engine, workflow_id, clock):
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    leader = Leader(engine.database, "a")
    leader.tick(clock.now)
    clock.pass_time(seconds=5)
    leader.tick(clock.now)
    with engine.database.reading() as connection:
        run_id = connection.execute(select(Execution.id)).scalar_one()
    engine.advance(run_id)
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


def test_counters_outlive_the_runs_by_more_than_a_year(engine, clock, workflow_id):
    for days_ago in (399, 402):
        ended = Ended(workflow_id, "failed", clock.at - timedelta(days=days_ago), 10, 10, "stop")
        engine.do(lambda uow, ended=ended: statistics.count(uow, [ended]))

    tidy(engine)

    with engine.database.reading() as connection:
        for table in (Statistic, FailedStep):
            oldest = connection.execute(select(func.min(table.at))).scalar_one()
            assert clock.at - oldest < timedelta(days=400), table


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
    engine.do(stored.measure)
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
