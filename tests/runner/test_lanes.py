"""Items of a loop that wait while others go on: nobody misses that they do."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.errors import Conflict, StepFailed
from engine.models import Approval, Execution
from engine.services.runs import approvals, executions, recovery
from tests.runner.conftest import Scripted
from tests.support.stories import NOTE, Engine, add_live_workflow, add_user
from tests.support.waiting import wait_until


def loop(waits: dict[str, Any]) -> dict[str, Any]:
    """Two items at once: the first waits, the second does two steps."""
    return {
        "key": "each", "type": "for_each", "with": {"list": "a, b", "at_once": 2},
        "steps": [{
            "key": "first", "type": "if", "with": {"left": "{{ loop.number }}", "is": "is", "right": 1},
            "then": [waits],
            "otherwise": [{"key": key, "type": "scripted", "with": {}} for key in ("one", "two")],
        }],
    }


def questions(engine: Engine) -> Sequence[Any]:
    with engine.database.reading() as connection:
        return connection.execute(select(Approval.id)).all()


def test_an_answer_that_comes_while_other_items_go_on_is_not_missed(
    engine: Engine, scripted: Scripted
) -> None:
    def act(context: Any, _settings: Any) -> None:
        wait_until(lambda: questions(engine))
        if context.step_key == "two":
            (asked,) = questions(engine)
            engine.do(lambda uow: approvals.answer(uow, asked.id, "Approve", by="Ann", at=engine.clock.at))

    scripted.act = act
    asks = {"key": "ask", "type": "approve", "with": {"question": "Go on?"}}
    row = engine.run(add_live_workflow(engine.database, engine.clock.at, [loop(asks)]))
    assert row.status == "pending"
    engine.advance(row.id)
    assert engine.execution(row.id).status == "completed"


def test_nor_is_one_that_comes_after_the_run_has_rested_once(engine: Engine, scripted: Scripted) -> None:
    def answer(_context: Any, _settings: Any) -> None:
        (asked,) = questions(engine)
        engine.do(lambda uow: approvals.answer(uow, asked.id, "Approve", by="Ann", at=engine.clock.at))

    scripted.act = answer
    asks = {"key": "ask", "type": "approve", "with": {"question": "Go on?"}}
    either = loop(asks)["steps"][0]
    either["otherwise"] = [{"key": "rest", "type": "wait", "with": {"for": "1m"}},
                           {"key": "one", "type": "scripted", "with": {}}]
    steps = [{**loop(asks), "steps": [either]}]
    row = engine.run(add_live_workflow(engine.database, engine.clock.at, steps))
    engine.clock.pass_time(minutes=2)
    engine.do(lambda uow: recovery.wake(uow, engine.clock.at))
    engine.advance(row.id)
    assert engine.execution(row.id).status == "pending"
    engine.advance(row.id)
    assert engine.execution(row.id).status == "completed"


def test_a_question_of_an_item_is_over_when_another_item_breaks_the_loop_off(
    engine: Engine, scripted: Scripted
) -> None:
    def act(context: Any, _settings: Any) -> None:
        wait_until(lambda: questions(engine))
        raise StepFailed("No stock", error_class="data", code="data.missing")

    scripted.act = act
    rest = {"key": "rest", "type": "wait", "with": {"for": "1h"}}
    asks = {"key": "ask", "type": "approve", "with": {"question": "Go on?"}}
    steps = [{**loop(asks), "on_failure": "continue"}, rest]
    row = engine.run(add_live_workflow(engine.database, engine.clock.at, steps))
    assert (row.status, row.reason) == ("waiting", "timer")
    assert engine.step_rows(row.id)["ask"].status == "cancelled"
    (asked,) = questions(engine)
    with pytest.raises(Conflict, match="The time to answer is over"):
        engine.do(lambda uow: approvals.answer(uow, asked.id, "Approve", by="Ann", at=engine.clock.at))


def test_to_stop_it_while_other_items_go_on_stops_the_run_that_an_item_waits_for(
    engine: Engine, scripted: Scripted
) -> None:
    owner = add_user(engine.database, engine.clock.at)
    inner = add_live_workflow(engine.database, engine.clock.at, [NOTE], owner_id=owner)
    calls = {"key": "call", "type": "run_workflow", "with": {"workflow": inner}}
    outer = add_live_workflow(engine.database, engine.clock.at, [loop(calls)], owner_id=owner)

    def act(context: Any, _settings: Any) -> None:
        wait_until(lambda: engine.step_rows(context.execution_id)["call"].reason == "workflow")
        if context.step_key == "two":
            engine.do(lambda uow: executions.cancel(uow, context.execution_id, by="Ann", at=engine.clock.at))

    scripted.act = act
    assert engine.run(outer).status == "cancelled"
    with engine.database.reading() as connection:
        statement = select(Execution.status).where(Execution.workflow_id == inner)
        assert connection.execute(statement).scalar_one() == "cancelled"
