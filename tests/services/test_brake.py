"""The emergency brake holds everything planned, says who and why, and lets go by itself when told to."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import true

from engine.domain.errors import Conflict, Invalid
from engine.queries.server import brake as queries
from engine.scheduler.leader import Leader
from engine.services.runs import brake
from tests.services.conftest import add_schedule, ledger_of, schedules_of
from tests.services.test_dispatch import outcomes, tick
from tests.support.stories import Engine


def pull(engine: Engine, by: str, *, until: datetime | None = None, stop_running: bool = False) -> None:
    engine.do(lambda uow: brake.pull(
        uow, reason="wrong prices", by=by, at=engine.clock.at, until=until, stop_running=stop_running))


def test_due_times_are_held_on_record_with_who_and_why(engine: Engine, workflow_id: str, ann: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", {"interval": "1m"})
    pull(engine, ann)
    engine.clock.pass_time(minutes=1)
    tick(engine)
    (row,) = ledger_of(engine, trigger_id)
    assert (row.outcome, row.reason, row.reason_data) == (
        "skipped", "brake", {"by": "Ann", "note": "wrong prices"})
    assert schedules_of(engine, workflow_id)["orders"].next_run_at == engine.clock.at + timedelta(minutes=1)
    with engine.database.reading() as connection:
        (held,) = queries.held(connection, true(), engine.clock.at - timedelta(minutes=5))
    assert (held.scheduled_at, held.trigger_name) == (engine.clock.at, "orders")


def test_after_letting_go_nothing_that_was_held_runs(engine: Engine, workflow_id: str, ann: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", {"interval": "1m"})
    pull(engine, ann)
    engine.clock.pass_time(minutes=3)
    tick(engine)
    engine.do(lambda uow: brake.release(uow, by=ann, at=engine.clock.at))
    engine.clock.pass_time(minutes=1)
    tick(engine)
    assert outcomes(engine, trigger_id) == [("skipped", "brake")] * 3 + [("started", None)]


def test_the_brake_lets_go_by_itself(engine: Engine, workflow_id: str, ann: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", {"interval": "10m"})
    pull(engine, ann, until=engine.clock.at + timedelta(minutes=15))
    leader = Leader(engine.database, "a")
    for _ in range(20):
        engine.clock.pass_time(minutes=1)
        leader.tick(engine.clock.now)
    assert outcomes(engine, trigger_id) == [("skipped", "brake"), ("started", None)]
    with engine.database.reading() as connection:
        assert queries.current(connection) is None


def test_times_before_a_brake_ran_out_are_held_even_when_nobody_was_there(
    engine: Engine, workflow_id: str, ann: str
) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", {"interval": "10m"})
    pull(engine, ann, until=engine.clock.at + timedelta(minutes=15))
    engine.clock.pass_time(minutes=35)
    tick(engine)
    assert outcomes(engine, trigger_id) == [
        ("skipped", "brake"), ("missed", "covered"), ("started", None)]


def test_what_runs_finishes_unless_it_is_to_stop_too(engine: Engine, workflow_id: str, ann: str) -> None:
    first = engine.start(workflow_id)
    pull(engine, ann)
    assert engine.execution(first).status == "pending"
    pull(engine, ann, stop_running=True)
    assert engine.execution(first).reason == "stopped_by:the emergency brake"


def test_a_brake_needs_a_reason_and_can_be_released_once(engine: Engine, ann: str) -> None:
    with pytest.raises(Invalid):
        engine.do(lambda uow: brake.pull(uow, reason=" ", by=ann, at=engine.clock.at))
    with pytest.raises(Conflict):
        engine.do(lambda uow: brake.release(uow, by=ann, at=engine.clock.at))
