"""Limits of a workflow and of what its runs have in common; and who goes when there is room."""


import pytest
from sqlalchemy import update

from engine.domain.events import Ring
from engine.models import Execution
from engine.services.due import dispatch
from engine.services.runs import admission, recovery
from tests.services.admission_scene import let_in, make, rung_by, start, stop
from tests.services.conftest import add_schedule
from tests.support.stories import Engine

BY_CUSTOMER = "{{ inputs.customer }}"


def test_runs_that_ask_together_count_each_other(engine: Engine) -> None:
    workflow_id = make(engine, max_concurrent=2)
    assert let_in(engine, *(start(engine, workflow_id) for _ in range(3))) == [True, True, False]


def test_a_minute_ends_and_the_rate_leaves_room_again(engine: Engine) -> None:
    workflow_id = make(engine, rate_per_minute=2)
    first, second, third = (start(engine, workflow_id) for _ in range(3))
    assert let_in(engine, first, second, third) == [True, True, False]
    engine.clock.pass_time(seconds=61)
    assert let_in(engine, third) == [True]


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


def test_a_secret_that_runs_share_is_not_told(engine: Engine) -> None:
    workflow_id = make(engine, concurrency_key="{{ inputs.token }}")
    first, second, other = (engine.execution(engine.start(workflow_id, token=token)).concurrency_key
                            for token in ("sesame-1", "sesame-1", "sesame-2"))
    assert first == second != other
    assert first.startswith("••••")
