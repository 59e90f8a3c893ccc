"""Limits of a workflow, of its owner and of what runs have in common; and who goes when there is room."""

from typing import Any

import pytest
from sqlalchemy import select, update

from engine.db import UnitOfWork
from engine.domain.events import Ring
from engine.models import Execution, User
from engine.services import admission, dispatch, executions, recovery
from tests.services.conftest import NOTE, add_schedule
from tests.support.stories import Engine, add_live_workflow, add_user

BY_CUSTOMER = "{{ inputs.customer }}"


@pytest.fixture
def ann(engine: Engine) -> str:
    return add_user(engine.database, engine.clock.at, "owner@example.org")


def make(engine: Engine, **columns: Any) -> str:
    return add_live_workflow(engine.database, engine.clock.at, NOTE, **columns)


def start(engine: Engine, workflow_id: str, **given: Any) -> str:
    """Queue a run a moment after the one before it."""
    engine.clock.pass_time(milliseconds=1)
    return engine.start(workflow_id, **given)


def limit_owner(engine: Engine, owner_id: str, **limits: int) -> None:
    engine.do(lambda uow: uow.execute(update(User).where(User.id == owner_id).values(**limits)))


def asking(uow: UnitOfWork, ids: list[str]) -> list[Any]:
    rows = select(*Execution.__table__.columns).where(Execution.id.in_(ids)).order_by(Execution.id)
    return list(uow.execute(rows))


def let_in(engine: Engine, *ids: str) -> list[bool]:
    """Which of these runs may start when they ask together, in one transaction."""
    held: set[str] = engine.do(lambda uow: admission.held(uow, asking(uow, list(ids)), engine.clock.at))
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id.in_(held)).values(reason=admission.LIMIT)))
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id.in_(set(ids) - held))
        .values(status="running", started_at=engine.clock.at)))
    return [execution_id not in held for execution_id in ids]


def rung_by(engine: Engine, work: Any) -> list[str]:
    rung: list[str] = []
    engine.database.listen(lambda news: rung.extend(ring.subject for ring in news.rings))
    engine.do(work)
    return rung


def stop(engine: Engine, execution_id: str) -> None:
    engine.do(lambda uow: executions.cancel(uow, execution_id, by="Ann", at=engine.clock.at))


def test_runs_that_ask_together_count_each_other(engine: Engine) -> None:
    workflow_id = make(engine, max_concurrent=2)
    assert let_in(engine, *(start(engine, workflow_id) for _ in range(3))) == [True, True, False]


def test_a_minute_ends_and_the_rate_leaves_room_again(engine: Engine) -> None:
    workflow_id = make(engine, rate_per_minute=2)
    first, second, third = (start(engine, workflow_id) for _ in range(3))
    assert let_in(engine, first, second, third) == [True, True, False]
    engine.clock.pass_time(seconds=61)
    assert let_in(engine, third) == [True]


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


def test_runs_for_the_same_customer_go_one_by_one(engine: Engine) -> None:
    workflow_id = make(engine, concurrency_key=BY_CUSTOMER)
    first, second = start(engine, workflow_id, customer=42), start(engine, workflow_id, customer=42)
    other = start(engine, workflow_id, customer=7)
    assert let_in(engine, first, second, other) == [True, False, True]


def test_a_run_without_that_value_is_held_back_by_nobody(engine: Engine) -> None:
    workflow_id = make(engine, concurrency_key=BY_CUSTOMER)
    assert let_in(engine, *(start(engine, workflow_id) for _ in range(2))) == [True, True]


def test_who_waits_for_another_customer_is_passed_by(engine: Engine) -> None:
    workflow_id = make(engine, concurrency_key=BY_CUSTOMER)
    going = start(engine, workflow_id, customer=1)
    behind = [start(engine, workflow_id, customer=1) for _ in range(120)]
    free = start(engine, workflow_id, customer=2)
    let_in(engine, going)
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id.in_([*behind, free])).values(reason=admission.LIMIT)))
    assert rung_by(engine, lambda uow: admission.wake_all_limited(uow, engine.clock.at)) == [free]


def test_who_comes_later_does_not_overtake_who_was_held(engine: Engine) -> None:
    workflow_id = make(engine, max_concurrent=1)
    first, second, third = (start(engine, workflow_id) for _ in range(3))
    let_in(engine, first, second)
    stop(engine, first)
    assert let_in(engine, third) == [False]
    wake = rung_by(engine, lambda uow: admission.wake_limited(uow, workflow_id, engine.clock.at))
    assert wake == [second]
    assert let_in(engine, second) == [True]


def test_who_waits_for_another_customer_holds_up_nobody_else(engine: Engine) -> None:
    workflow_id = make(engine, concurrency_key=BY_CUSTOMER, max_concurrent=5)
    going, behind = start(engine, workflow_id, customer=1), start(engine, workflow_id, customer=1)
    let_in(engine, going, behind)
    assert let_in(engine, start(engine, workflow_id, customer=2)) == [True]


def test_the_sweep_lets_workflows_of_one_owner_take_turns(engine: Engine, ann: str) -> None:
    limit_owner(engine, ann, max_concurrent=3)
    many, few = make(engine, owner_id=ann), make(engine, owner_id=ann)
    of_many = [start(engine, many) for _ in range(20)]
    of_few = start(engine, few)
    engine.do(lambda uow: uow.execute(update(Execution).values(reason=admission.LIMIT)))
    rung = rung_by(engine, lambda uow: admission.wake_all_limited(uow, engine.clock.at))
    assert sorted(rung) == sorted([*of_many[:2], of_few])


def test_the_sweep_rings_for_every_workflow_before_the_second_run_of_any(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_MOST_RUNG", 3)
    many, one, two = make(engine), make(engine), make(engine)
    first = [start(engine, many) for _ in range(10)][0]
    others = [start(engine, one), start(engine, two)]
    engine.clock.pass_time(seconds=5)
    rung = rung_by(engine, lambda uow: recovery.sweep(uow, engine.clock.at))
    assert sorted(rung) == sorted([first, *others])


def test_a_due_time_brings_its_key_and_priority_along(engine: Engine) -> None:
    workflow_id = make(engine, concurrency_key=BY_CUSTOMER, priority=-1)
    add_schedule(engine, workflow_id, "often", {"interval": "5s"}, inputs={"customer": 42})
    engine.clock.pass_time(seconds=6)
    rings: list[Ring] = []
    engine.database.listen(lambda news: rings.extend(news.rings))
    engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))
    (ring,) = rings
    row = engine.execution(ring.subject)
    assert (row.concurrency_key, row.priority) == ("42", -1)
    assert (ring.flow, ring.priority) == (workflow_id, -1)


def test_priority_and_key_stay_with_the_run(engine: Engine) -> None:
    workflow_id = make(engine, concurrency_key="{{ inputs.order.customer }}", priority=1)
    row = engine.execution(start(engine, workflow_id, order={"customer": "Müller"}))
    assert (row.priority, row.concurrency_key) == (1, "Müller")
