"""History is kept within its rule, in small batches, and what still matters stays."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from engine.domain.workflows.retention import Keep, Retention
from engine.models import Execution, Workflow
from engine.queries.server import retention as queries
from engine.services.server import retention
from tests.support.history import carried_out, kept, measured_plan, tidy
from tests.support.stories import add_live_workflow

STOP = [{"key": "stop", "type": "stop", "with": {"message": "no", "as": "failed"}}]


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

    rest = carried_out(engine, plan)

    assert old in kept(engine)
    assert not rest.removals


def test_what_a_live_run_started_stays(engine, workflow_id, ran):
    child = ran(40)
    ran(0)
    parent = engine.start(workflow_id)
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id == child).values(parent_id=parent)
    ))

    plan = measured_plan(engine)

    carried_out(engine, plan)

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
