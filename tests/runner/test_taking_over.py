"""What happens to a run whose worker dies in the middle of it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from engine.services.runs import first_claims, recovery
from engine.services.runs.claims import Request
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow

TWO = [{"key": key, "type": "scripted", "with": {"say": key}} for key in ("one", "two")]


class Killed(BaseException):
    """Stands for SIGKILL: nothing after it is written."""


def die_in(scripted: Scripted, step_key: str) -> None:
    def act(context: object, settings: object) -> str:
        if scripted.calls[-1].step_key == step_key:
            raise Killed
        return "done"

    scripted.act = act


@pytest.fixture
def abandoned(engine: Engine, scripted: Scripted, clock: Clock) -> str:
    """A run whose worker died while the second step was under way."""
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, TWO))
    die_in(scripted, "two")
    with pytest.raises(Killed):
        engine.advance(execution_id)
    scripted.act = lambda context, settings: "done"
    return execution_id


def test_nobody_takes_it_over_while_its_lease_lasts(
    engine: Engine, scripted: Scripted, clock: Clock, abandoned: str
) -> None:
    clock.pass_time(seconds=14)
    engine.advance(abandoned)
    assert (engine.execution(abandoned).status, len(scripted.calls)) == ("running", 2)


def test_afterwards_only_the_unfinished_step_goes_again_with_the_same_key(
    engine: Engine, scripted: Scripted, clock: Clock, abandoned: str
) -> None:
    clock.pass_time(seconds=16)
    engine.advance(abandoned)
    assert engine.execution(abandoned).status == "completed"
    calls = [(call.step_key, call.attempt) for call in scripted.calls]
    assert calls == [("one", 1), ("two", 1), ("two", 2)]
    assert scripted.calls[1].idempotency_key == scripted.calls[2].idempotency_key


def test_the_sweep_rings_for_it(engine: Engine, clock: Clock, abandoned: str) -> None:
    rung: list[str] = []
    engine.database.listen(lambda news: rung.extend(ring.subject for ring in news.rings))
    engine.do(lambda uow: recovery.sweep(uow, clock.at))
    assert rung == []
    clock.pass_time(seconds=16)
    engine.do(lambda uow: recovery.sweep(uow, clock.at))
    assert rung == [abandoned]


def test_a_run_that_kills_its_worker_three_times_is_not_tried_a_fourth_time(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, TWO))
    die_in(scripted, "one")
    for _ in range(3):
        with pytest.raises(Killed):
            engine.advance(execution_id)
        clock.pass_time(seconds=16)
    engine.advance(execution_id)
    run = engine.execution(execution_id)
    assert (run.status, run.error_class, len(scripted.calls)) == ("failed", "crashed", 3)


def test_a_busy_worker_keeps_its_lease(engine: Engine, scripted: Scripted, clock: Clock) -> None:
    other = Engine(engine.database, clock, engine.steps, owner="worker-2")

    def slow(context: object, settings: object) -> str:
        for _ in range(4):
            clock.pass_time(seconds=5)
            engine.runner.renew_leases()
            other.advance(scripted.calls[0].execution_id)
        return "done"

    scripted.act = slow
    run = engine.run(add_live_workflow(engine.database, clock.at, TWO[:1]))
    assert (run.status, run.lease_epoch, len(scripted.calls)) == ("completed", 1, 1)


@pytest.mark.parametrize("way", [0, -1])
def test_two_workers_rung_at_once_run_it_once(engine: Engine, clock: Clock, way: int) -> None:
    claim = first_claims.ways(is_sqlite=engine.database.is_sqlite)[way]
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, TWO))
    lease = timedelta(seconds=15)
    taken = [
        engine.do(lambda uow, name=name: claim(uow, [Request(execution_id, name, lease, clock.at)])[0])
        for name in ("worker-1", "worker-2")
    ]
    assert [claimed is not None for claimed in taken] == [True, False]


def test_both_ways_to_take_a_run_over_come_to_the_same(engine: Engine, clock: Clock) -> None:
    workflow_id = add_live_workflow(engine.database, clock.at, TWO)
    request = partial(Request, owner="worker", lease=timedelta(seconds=15), at=clock.at)
    rows, claimed = [], []
    ways = first_claims.ways(is_sqlite=engine.database.is_sqlite)
    for claim in (ways[0], ways[-1]):
        execution_id = engine.start(workflow_id)
        (found,) = engine.do(partial(claim, requests=[request(execution_id)]))
        rows.append({**engine.execution(execution_id)._asdict(), "id": None})
        claimed.append((found.lease.epoch, found.steps, found.started_at, found.deadline_at))
    assert rows[0] == rows[1]
    assert claimed[0] == claimed[1]


def test_a_run_nobody_rang_for_is_rung_by_the_sweep(engine: Engine, clock: Clock) -> None:
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, TWO))
    rung: list[str] = []
    engine.database.listen(lambda news: rung.extend(ring.subject for ring in news.rings))
    clock.pass_time(seconds=3)
    engine.do(lambda uow: recovery.sweep(uow, clock.at))
    assert rung == [execution_id]


def test_a_run_that_gets_on_between_crashes_is_not_given_up(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    steps = [{"key": f"s{number}", "type": "scripted"} for number in range(6)]
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, steps))

    def die_at_every_step_once(context: Any, settings: object) -> str:
        if context.attempt == 1:
            raise Killed
        return "done"

    scripted.act = die_at_every_step_once
    for _ in steps:
        with pytest.raises(Killed):
            engine.advance(execution_id)
        clock.pass_time(seconds=16)
    engine.advance(execution_id)
    assert engine.execution(execution_id).status == "completed"
