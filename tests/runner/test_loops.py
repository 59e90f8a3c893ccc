"""For each item: in order or several at once, on from the middle after a crash, and what failures do."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from engine.domain.errors import StepFailed
from engine.services.runs import recovery
from engine.steps._base import Pause
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow

SAID = "{{ item.name }} {{ loop.number }}/{{ loop.count }}"
SAY = {"key": "say", "type": "scripted", "with": {"say": SAID}}


def loop(*steps: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"key": "each", "type": "for_each", "with": {"list": "{{ inputs.rows }}", **settings},
            "steps": list(steps or [SAY])}


def rows(number: int) -> list[dict[str, str]]:
    return [{"name": f"row{index}"} for index in range(number)]


def start(engine: Engine, *steps: dict[str, Any], number: int = 3) -> str:
    workflow_id = add_live_workflow(engine.database, engine.clock.at, list(steps), timeout_seconds=3600)
    return engine.start(workflow_id, rows=rows(number))


def run(engine: Engine, *steps: dict[str, Any], number: int = 3) -> Any:
    execution_id = start(engine, *steps, number=number)
    engine.advance(execution_id)
    return engine.execution(execution_id)


def fail_at(scripted: Scripted, *positions: str) -> None:
    def act(context: Any, settings: Any) -> str:
        if context.position in positions:
            raise StepFailed("No stock", error_class="data", code="data.missing")
        return str(settings.say)

    scripted.act = act


def test_the_steps_run_for_each_item_in_order(engine: Engine, scripted: Scripted) -> None:
    row = run(engine, loop())
    assert row.status == "completed"
    assert row.output == {"count": 3, "failed": 0, "results": ["row0 1/3", "row1 2/3", "row2 3/3"]}
    assert [call.position for call in scripted.calls] == ["0", "1", "2"]


def test_each_item_has_an_idempotency_key_of_its_own(engine: Engine, scripted: Scripted) -> None:
    run(engine, loop())
    assert len({call.idempotency_key for call in scripted.calls}) == 3


def test_a_loop_in_a_loop_sees_the_item_of_both(engine: Engine, scripted: Scripted) -> None:
    inner = {"key": "twice", "type": "for_each", "with": {"list": [1, 2]}, "steps": [
        {"key": "say", "type": "scripted", "with": {"say": "{{ steps.each.item.name }}-{{ item }}"}}]}
    row = run(engine, loop(inner), number=2)
    assert row.output["results"][1]["results"] == ["row1-1", "row1-2"]
    assert [call.position for call in scripted.calls] == ["0.0", "0.1", "1.0", "1.1"]


def test_an_empty_list_does_nothing_and_succeeds(engine: Engine) -> None:
    row = run(engine, loop(), number=0)
    assert (row.status, row.output) == ("completed", {"count": 0, "failed": 0, "results": []})


def test_several_at_once_do_every_item_once(engine: Engine, scripted: Scripted) -> None:
    row = run(engine, loop(at_once=4), number=20)
    assert row.status == "completed"
    assert Counter(call.position for call in scripted.calls) == Counter(map(str, range(20)))
    assert row.output["results"] == [f"row{index} {index + 1}/20" for index in range(20)]


def test_the_first_failure_stops_the_loop_and_the_run(engine: Engine, scripted: Scripted) -> None:
    fail_at(scripted, "1")
    row = run(engine, loop())
    assert (row.status, row.error_message) == ("failed", "No stock")
    assert [call.position for call in scripted.calls] == ["0", "1"]
    assert engine.step_rows(row.id)["each"].status == "failed"


def test_the_others_are_done_all_the_same_when_it_says_so(engine: Engine, scripted: Scripted) -> None:
    fail_at(scripted, "1")
    row = run(engine, loop(on_item_failure="continue"))
    assert (row.status, row.output["failed"]) == ("completed", 1)
    assert [call.position for call in scripted.calls] == ["0", "1", "2"]


def test_only_if_inside_goes_on_with_the_next_item(engine: Engine, scripted: Scripted) -> None:
    condition = {"left": "{{ item.name }}", "is": "is", "right": "row1"}
    only = {"key": "only", "type": "only_if", "with": condition}
    row = run(engine, loop(only, SAY))
    assert row.status == "completed"
    assert [call.position for call in scripted.calls] == ["1"]


@pytest.mark.parametrize("at_once", [1, 3])
def test_after_a_crash_it_goes_on_with_the_item_it_was_at(
    engine: Engine, scripted: Scripted, clock: Clock, at_once: int
) -> None:
    class Killed(BaseException):
        pass

    def die_once(context: Any, settings: Any) -> str:
        if context.position == "4" and context.attempt == 1:
            raise Killed
        return str(settings.say)

    scripted.act = die_once
    execution_id = start(engine, loop(at_once=at_once), number=8)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - lanes end in a group
        engine.advance(execution_id)
    done = {row.position for row in engine.positions(execution_id, "say") if row.status == "completed"}
    clock.pass_time(seconds=16)
    engine.advance(execution_id)
    assert engine.execution(execution_id).status == "completed"
    calls = Counter(call.position for call in scripted.calls)
    assert calls.keys() == set(map(str, range(8)))
    assert {position for position, times in calls.items() if times > 1}.isdisjoint(done)


def test_the_list_stays_as_it_was_when_the_loop_began(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    scripted.act = lambda context, settings: Pause(context.at + timedelta(hours=1), settings.say)
    execution_id = start(engine, loop(), number=2)
    for _ in range(3):
        engine.advance(execution_id)
        clock.pass_time(hours=1)
        engine.do(lambda uow: recovery.wake(uow, clock.at))
    assert engine.execution(execution_id).output["results"] == ["row0 1/2", "row1 2/2"]
    assert len(scripted.calls) == 2


def test_items_that_rest_do_not_hold_up_the_others(engine: Engine, scripted: Scripted, clock: Clock) -> None:
    def rest_first(context: Any, settings: Any) -> Any:
        return Pause(context.at + timedelta(hours=1), "late") if context.position == "0" else "now"

    scripted.act = rest_first
    row = run(engine, loop(at_once=2), number=5)
    assert (row.status, row.reason, row.wake_at) == ("waiting", "timer", clock.at + timedelta(hours=1))
    assert len(scripted.calls) == 5
    clock.pass_time(hours=1)
    engine.do(lambda uow: recovery.wake(uow, clock.at))
    engine.advance(row.id)
    assert engine.execution(row.id).output["results"] == ["late", "now", "now", "now", "now"]


def test_a_list_that_is_too_long_fails_before_anything_is_done(engine: Engine, scripted: Scripted) -> None:
    row = run(engine, loop(max_items=2))
    assert (row.status, row.error_code, scripted.calls) == ("failed", "limit.size", [])
    assert engine.step_rows(row.id)["each"].input["list"] == "3 items"


def test_what_is_no_list_is_said(engine: Engine) -> None:
    step = {**loop(), "with": {"list": "{{ inputs.rows.first.name }}"}}
    row = run(engine, step)
    assert (row.status, row.error_code) == ("failed", "data.type")
    assert engine.step_rows(row.id)["each"].input["list"] == "row0"


def test_an_item_that_was_stopped_as_failed_stays_so_after_a_rest(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    inner = [{"key": "which", "type": "if", "with": {"left": "{{ item }}", "is": "is", "right": "1"},
              "then": [{"key": "halt", "type": "stop", "with": {"as": "failed"}}],
              "otherwise": [{"key": "rest", "type": "wait", "with": {"for": "1h"}}]},
             {"key": "say", "type": "scripted", "with": {"say": "x"}}]
    each = {"key": "each", "type": "for_each", "steps": inner,
            "with": {"list": "{{ inputs.rows }}", "on_item_failure": "continue"}}
    run = engine.run(add_live_workflow(engine.database, clock.at, [each]), rows=[1, 2])
    engine.do(lambda uow: recovery.wake(uow, clock.pass_time(hours=1)))
    engine.advance(run.id)
    assert [call.position for call in scripted.calls] == ["1"]
    assert engine.step_rows(run.id)["each"].output["failed"] == 1


def test_every_line_of_the_log_knows_its_item(engine: Engine, scripted: Scripted) -> None:
    fail_at(scripted, "1")
    lines = engine.log_lines(run(engine, loop(at_once=2, on_item_failure="continue")).id)
    said = Counter((line.step_key, line.position, line.event) for line in lines)
    assert {line.position for line in lines if line.step_key != "say"} == {""}
    assert [said["say", item, "step_started"] for item in "012"] == [1, 1, 1]
    assert [said["say", item, "step_completed"] for item in "012"] == [1, 0, 1]
    assert said["say", "1", "step_failed"] == 1
