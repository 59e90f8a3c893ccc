"""Limits that all workflows of one person share."""

import pytest
from sqlalchemy import update

from engine.models import Execution, User
from engine.services.runs import admission
from tests.services.admission_scene import let_in, make, rung_by, start, stop
from tests.support.stories import Engine, add_user


@pytest.fixture
def ann(engine: Engine) -> str:
    return add_user(engine.database, engine.clock.at, "owner@example.org")


def limit_owner(engine: Engine, owner_id: str, **limits: int) -> None:
    engine.do(lambda uow: uow.execute(update(User).where(User.id == owner_id).values(**limits)))


def test_workflows_of_one_owner_share_the_owners_places(engine: Engine, ann: str) -> None:
    limit_owner(engine, ann, max_concurrent=1)
    one, another = make(engine, owner_id=ann), make(engine, owner_id=ann)
    strangers = make(engine)
    runs = [start(engine, workflow_id) for workflow_id in (one, another, strangers)]
    assert let_in(engine, *runs) == [True, False, True]


def test_the_owners_rate_counts_all_workflows_together(engine: Engine, ann: str) -> None:
    limit_owner(engine, ann, rate_per_minute=1)
    one, another = make(engine, owner_id=ann), make(engine, owner_id=ann)
    assert let_in(engine, start(engine, one)) == [True]
    assert let_in(engine, start(engine, another)) == [False]


def test_when_a_run_ends_the_owners_other_workflow_gets_the_place(engine: Engine, ann: str) -> None:
    limit_owner(engine, ann, max_concurrent=1)
    one, another = make(engine, owner_id=ann), make(engine, owner_id=ann)
    first, second = start(engine, one), start(engine, another)
    let_in(engine, first, second)
    stop(engine, first)
    wake = rung_by(engine, lambda uow: admission.wake_limited(uow, one, engine.clock.at))
    assert wake == [second]


def test_a_run_started_by_another_needs_no_place_of_the_owner(engine: Engine, ann: str) -> None:
    limit_owner(engine, ann, max_concurrent=1)
    workflow_id = make(engine, owner_id=ann)
    parent, child = start(engine, workflow_id), start(engine, workflow_id)
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id == child).values(parent_id=parent)))
    assert let_in(engine, parent, child) == [True, True]


def test_a_run_started_by_another_is_not_stuck_behind_one_that_waits_for_that_other(
    engine: Engine, ann: str
) -> None:
    limit_owner(engine, ann, max_concurrent=1)
    calling, called = make(engine, owner_id=ann), make(engine, owner_id=ann, max_concurrent=1)
    parent, behind, child = start(engine, calling), start(engine, called), start(engine, called)
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id == child).values(parent_id=parent)))
    assert let_in(engine, parent, behind) == [True, False]
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id == child).values(reason=admission.LIMIT)))
    wake = rung_by(engine, lambda uow: admission.wake_limited(uow, called, engine.clock.at))
    assert wake == [child]
    assert let_in(engine, child) == [True]


def test_the_sweep_lets_workflows_of_one_owner_take_turns(engine: Engine, ann: str) -> None:
    limit_owner(engine, ann, max_concurrent=3)
    many, few = make(engine, owner_id=ann), make(engine, owner_id=ann)
    of_many = [start(engine, many) for _ in range(20)]
    of_few = start(engine, few)
    engine.do(lambda uow: uow.execute(update(Execution).values(reason=admission.LIMIT)))
    rung = rung_by(engine, lambda uow: admission.wake_all_limited(uow, engine.clock.at))
    assert sorted(rung) == sorted([*of_many[:2], of_few])
