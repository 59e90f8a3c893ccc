"""While the brake is on, what nobody stands beside is accepted and waits; what runs goes on to its end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, true, update

from engine.models import Execution
from engine.queries.runs import braked, holds
from engine.queries.server import brake as queries
from engine.scheduler.leader import Leader
from engine.services.due import overrides
from engine.services.runs import admission, brake, executions, recovery
from tests.services.admission_scene import rung_by
from tests.services.conftest import NOTE, add_schedule
from tests.support.stories import Engine, add_live_workflow, add_user

REST = {"key": "rest", "type": "wait", "with": {"for": "10m"}}


@pytest.fixture
def ann(engine: Engine) -> str:
    return add_user(engine.database, engine.clock.at)


@pytest.fixture
def pull(engine: Engine, ann: str) -> Callable[..., None]:
    def pulling(until: datetime | None = None, stop_running: bool = False) -> None:
        engine.do(lambda uow: brake.pull(uow, reason="wrong prices", by=ann, at=engine.clock.at, until=until,
                                         stop_running=stop_running))

    return pulling


@pytest.fixture
def release(engine: Engine, ann: str) -> Callable[[], list[str]]:
    """Let go; gives the runs that were rung for."""
    return lambda: rung_by(engine, lambda uow: brake.release(uow, by=ann, at=engine.clock.at))


def ask_for(engine: Engine, workflow_id: str, started_by: str = "webhook") -> str:
    engine.clock.pass_time(milliseconds=1)
    execution_id: str = engine.do(lambda uow: executions.start(
        uow, workflow_id, started_by=started_by, at=engine.clock.at))
    return execution_id


def waits(engine: Engine, execution_id: str) -> tuple[str, str | None]:
    """Ring for a run; gives its status and what it waits for."""
    engine.advance(execution_id)
    row = engine.execution(execution_id)
    return row.status, row.reason


@pytest.mark.parametrize("started_by", ["webhook", "api", "workflow", "schedule"])
def test_a_run_that_was_asked_for_begins_when_somebody_lets_go(
    engine: Engine, workflow_id: str, pull: Any, release: Any, started_by: str
) -> None:
    pull()
    run = ask_for(engine, workflow_id, started_by)
    assert waits(engine, run) == ("pending", "brake")
    assert release() == [run]
    assert waits(engine, run) == ("completed", None)


def test_it_begins_when_the_time_of_the_brake_is_over_though_the_leader_was_replaced(
    engine: Engine, workflow_id: str, pull: Any
) -> None:
    pull(until=engine.clock.at + timedelta(minutes=15))
    Leader(engine.database, "a").tick(engine.clock.now)
    run = ask_for(engine, workflow_id)
    assert waits(engine, run) == ("pending", "brake")
    engine.clock.pass_time(minutes=15)
    assert waits(engine, run) == ("pending", "brake")
    Leader(engine.database, "b").tick(engine.clock.now)
    assert waits(engine, run) == ("completed", None)


def test_what_was_queued_before_the_brake_waits_too(engine: Engine, workflow_id: str, pull: Any) -> None:
    run = ask_for(engine, workflow_id)
    pull()
    assert waits(engine, run) == ("pending", "brake")


def test_what_a_person_starts_runs(engine: Engine, workflow_id: str, ann: str, pull: Any) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", {"interval": "1h"})
    pull()
    assert engine.run(workflow_id).status == "completed"
    at = engine.clock.at
    early = engine.do(lambda uow: overrides.run_early(
        uow, trigger_id, at + timedelta(hours=1), by=ann, at=at))
    assert waits(engine, early) == ("completed", None)


def test_a_run_under_way_rests_and_goes_on(engine: Engine, pull: Any) -> None:
    run = ask_for(engine, add_live_workflow(engine.database, engine.clock.at, [REST, *NOTE]))
    engine.advance(run)
    pull()
    engine.clock.pass_time(minutes=11)
    engine.do(lambda uow: recovery.wake(uow, engine.clock.at))
    assert waits(engine, run) == ("completed", None)


def test_a_run_whose_worker_died_is_taken_over(engine: Engine, workflow_id: str, pull: Any) -> None:
    run, at = ask_for(engine, workflow_id), engine.clock.at
    engine.do(lambda uow: uow.execute(update(Execution).where(Execution.id == run).values(
        status="running", started_at=at, lease_epoch=1, lease_owner="dead", lease_expires_at=at)))
    pull()
    engine.clock.pass_time(seconds=1)
    assert waits(engine, run) == ("completed", None)


def test_a_run_started_by_a_step_waits_and_so_does_the_step(
    engine: Engine, ann: str, pull: Any, release: Any
) -> None:
    inner = add_live_workflow(engine.database, engine.clock.at, NOTE, owner_id=ann)
    step = {"key": "call", "type": "run_workflow", "with": {"workflow": inner}}
    outer = add_live_workflow(engine.database, engine.clock.at, [step], owner_id=ann)
    pull()
    parent = engine.run(outer)
    with engine.database.reading() as connection:
        child = connection.execute(
            select(Execution.id).where(Execution.parent_id == parent.id)).scalar_one()
    assert waits(engine, child) == ("pending", "brake")
    release()
    assert waits(engine, child) == ("completed", None)
    assert waits(engine, parent.id) == ("completed", None)


def test_the_sweep_leaves_held_runs_alone_while_the_brake_is_on(
    engine: Engine, workflow_id: str, pull: Any
) -> None:
    pull()
    engine.advance(ask_for(engine, workflow_id))
    engine.clock.pass_time(minutes=1)
    assert rung_by(engine, lambda uow: recovery.sweep(uow, engine.clock.at)) == []


def test_who_was_told_to_wait_in_the_moment_of_the_release_is_found(engine: Engine, workflow_id: str) -> None:
    run = ask_for(engine, workflow_id)
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id == run).values(reason=queries.HELD)))
    assert rung_by(engine, lambda uow: recovery.sweep(uow, engine.clock.at)) == [run]


def test_more_than_can_be_rung_for_at_once_go_with_the_next_sweep(
    engine: Engine, workflow_id: str, pull: Any, release: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "_MOST_WOKEN", 2)
    pull()
    first, second, third = (ask_for(engine, workflow_id) for _ in range(3))
    for run in (first, second, third):
        engine.advance(run)
    assert sorted(release()) == [first, second]
    assert rung_by(engine, lambda uow: admission.wake_braked(uow, engine.clock.at)) == [third]


def test_a_run_in_line_for_a_place_waits_for_the_release_and_then_for_its_place(
    engine: Engine, pull: Any, release: Any
) -> None:
    workflow_id = add_live_workflow(engine.database, engine.clock.at, [REST], max_concurrent=1)
    going, behind = ask_for(engine, workflow_id), ask_for(engine, workflow_id)
    engine.advance(going)
    assert waits(engine, behind) == ("pending", "limit")
    pull()
    assert waits(engine, behind) == ("pending", "brake")
    release()
    assert waits(engine, behind) == ("pending", "limit")


def test_stopping_what_runs_does_not_stop_what_was_accepted(
    engine: Engine, workflow_id: str, pull: Any
) -> None:
    resting = engine.run(add_live_workflow(engine.database, engine.clock.at, [REST]))
    asked = ask_for(engine, workflow_id)
    pull(stop_running=True)
    assert engine.execution(resting.id).status == "cancelled"
    assert waits(engine, asked) == ("pending", "brake")


def test_it_says_what_it_waits_for(engine: Engine, workflow_id: str, pull: Any, release: Any) -> None:
    pull()
    run = ask_for(engine, workflow_id)
    engine.advance(run)

    def told() -> str:
        with engine.database.reading() as connection:
            row = engine.execution(run)
            return holds.of(connection, [row], engine.clock.at)[run].words

    assert told() == "Everything is on hold – wrong prices"
    with engine.database.reading() as connection:
        assert [row.id for row in braked.waiting(connection, true())] == [run]
