"""Runs are counted in the transaction that ends them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine.models import Execution, FailedStep, Statistic
from engine.services.runs import executions
from tests.support.stories import add_live_workflow

NOTE = [{"key": "note", "type": "write_log", "with": {"message": "hello"}}]
STOP = [{"key": "stop", "type": "stop", "with": {"message": "no", "as": "failed"}}]


def counted(engine):
    with engine.database.reading() as connection:
        by_measure = select(Statistic.measure, func.sum(Statistic.runs)).group_by(Statistic.measure)
        return {measure: int(runs) for measure, runs in connection.execute(by_measure)}


def test_a_run_that_ends_well_is_counted_with_its_lengths(engine, workflow_id):
    engine.run(workflow_id)

    assert counted(engine) == {"completed": 1, "took": 1, "waited": 1}


def test_a_failed_run_is_counted_as_failed(engine, at):
    engine.run(add_live_workflow(engine.database, at, STOP))

    assert counted(engine) == {"failed": 1, "waited": 1}


def test_a_stopped_run_is_counted_as_stopped(engine, workflow_id, clock):
    execution_id = engine.start(workflow_id)
    engine.do(lambda uow: executions.cancel(uow, execution_id, by="Ann", at=clock.at))

    assert counted(engine) == {"cancelled": 1}


def test_a_dry_run_is_not_counted(engine, workflow_id):
    execution_id = engine.start(workflow_id)
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id == execution_id).values(dry_run=True)
    ))
    engine.advance(execution_id)

    assert engine.execution(execution_id).status == "completed"
    assert counted(engine) == {}


def test_time_in_line_is_counted_from_the_start_of_the_line(engine, workflow_id, clock):
    execution_id = engine.start(workflow_id)
    clock.pass_time(seconds=90)
    engine.advance(execution_id)

    with engine.database.reading() as connection:
        waiting = select(Statistic.total_ms).where(Statistic.measure == "waited")
        waited = connection.execute(waiting).scalar_one()
    assert timedelta(milliseconds=waited) == timedelta(seconds=90)


def test_what_is_undone_is_not_counted(engine, workflow_id, clock):
    execution_id = engine.start(workflow_id)

    def fails(uow):
        executions.cancel(uow, execution_id, by="Ann", at=clock.at)
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError):
        engine.do(fails)

    assert counted(engine) == {}


def failed(engine):
    with engine.database.reading() as connection:
        by_step = select(FailedStep.step_key, func.sum(FailedStep.runs)).group_by(FailedStep.step_key)
        return {key: int(runs) for key, runs in connection.execute(by_step)}


def test_a_failed_run_is_counted_for_the_step_it_failed_with(engine, at, workflow_id):
    failing = add_live_workflow(engine.database, at, [*NOTE, *STOP])
    runs = [engine.run(failing) for _ in range(2)]
    engine.run(workflow_id)

    assert failed(engine) == {"stop": 2}
    assert [run.error_step for run in runs] == ["stop", "stop"]


@pytest.mark.parametrize("held", [
    {"key": "when", "type": "if", "with": {"left": "1", "is": "is", "right": "1"}, "then": STOP},
    {"key": "each", "type": "for_each", "with": {"list": [1, 2]}, "steps": STOP},
])
def test_of_steps_that_hold_steps_the_innermost_counts(engine, at, held):
    assert engine.run(add_live_workflow(engine.database, at, [held])).status == "failed"
    assert failed(engine) == {"stop": 1}


def test_a_failure_the_run_goes_on_after_does_not_count(engine, at):
    steps = [{**STOP[0], "on_failure": "continue"}, *NOTE]

    assert engine.run(add_live_workflow(engine.database, at, steps)).status == "completed"
    assert failed(engine) == {}


def test_a_run_that_fails_without_a_step_counts_for_none(engine, workflow_id, clock):
    execution_id = engine.start(workflow_id)
    engine.do(lambda uow: uow.execute(update(Execution).values(crash_count=3)))
    engine.advance(execution_id)

    run = engine.execution(execution_id)
    assert (run.error_code, run.error_step, failed(engine)) == ("app.crash", None, {})
