"""A workflow's limits hold runs back, and let them go as soon as there is room."""

from engine.services.runs import admission, executions, recovery
from engine.steps._base import Pause
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow

ONE = [{"key": "one", "type": "scripted"}]


def test_no_more_runs_at_once_than_allowed(engine: Engine, scripted: Scripted, clock: Clock) -> None:
    scripted.act = lambda context, settings: Pause(clock.at.replace(hour=23))
    workflow_id = add_live_workflow(engine.database, clock.at, ONE, max_concurrent=2)
    runs = [engine.run(workflow_id) for _ in range(3)]
    assert [(run.status, run.reason) for run in runs] == [
        ("waiting", "timer"), ("waiting", "timer"), ("pending", "limit"),
    ]


def test_the_next_one_is_rung_when_a_place_is_free(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = lambda context, settings: Pause(clock.at.replace(hour=23))
    workflow_id = add_live_workflow(engine.database, clock.at, ONE, max_concurrent=1)
    first, second = engine.run(workflow_id), engine.run(workflow_id)
    rung: list[str] = []
    admitted: list[str] = []
    engine.database.listen(lambda news: rung.extend(ring.subject for ring in news.rings))
    engine.database.listen(lambda news: admitted.extend(news.admits))

    engine.do(lambda uow: admission.wake_limited(uow, workflow_id, clock.at))
    assert rung == []
    engine.do(lambda uow: executions.cancel(uow, first.id, by="Ann", at=clock.at))
    assert admitted == [workflow_id]
    engine.do(lambda uow: admission.wake_limited(uow, workflow_id, clock.at))
    assert rung == [second.id]


def test_no_more_runs_a_minute_than_allowed(engine: Engine, clock: Clock) -> None:
    workflow_id = add_live_workflow(engine.database, clock.at, ONE, rate_per_minute=1)
    first, second = engine.run(workflow_id), engine.run(workflow_id)
    assert (first.status, second.status, second.reason) == ("completed", "pending", "limit")

    rung: list[str] = []
    engine.database.listen(lambda news: rung.extend(ring.subject for ring in news.rings))
    clock.pass_time(seconds=61)
    engine.do(lambda uow: recovery.sweep(uow, clock.at))
    engine.advance(second.id)
    assert rung == [second.id]
    assert engine.execution(second.id).status == "completed"
