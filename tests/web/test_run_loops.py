"""The page of a run whose steps hold steps: ways taken and not taken, and loops with many items."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from blueprints.runs import loops
from engine.db import Database
from engine.queries.runs import steps as run_steps
from engine.services.runs import repeats
from tests.support.stories import Engine, add_live_workflow
from tests.web.browser import Browser


def note(key: str, message: str = "hello", **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "type": "write_log", "with": {"message": message}, **more}


BAD = {"key": "bad", "name": "Too much", "type": "stop", "with": {"message": "no", "as": "failed"}}
BIG = {"key": "big", "name": "Is it big?", "type": "if",
       "with": {"left": "{{ item.total }}", "is": "more_than", "right": 90},
       "then": [BAD], "otherwise": [note("say", "{{ item.total }}")]}
LOOP = {"key": "each", "name": "Each order", "type": "for_each",
        "with": {"list": "{{ inputs.rows }}", "on_item_failure": "continue"}, "steps": [BIG]}
CHECK = {"key": "check", "name": "Any sales?", "type": "if",
         "with": {"left": "{{ inputs.rows.count }}", "is": "more_than", "right": 0},
         "then": [LOOP, note("sum")], "otherwise": [note("none")]}
FAILS = {"key": "get", "name": "Get it", "type": "http_request", "with": {"url": "http://127.0.0.1:9/x"},
         "retry": {"max_attempts": 1}, "on_failure": "continue", "if_fails": [note("tell")]}


def part(page: str, number: str) -> str:
    """The line of one step: from its id to that of the next."""
    start = page.index(f'id="step-{number}"')
    end = page.find('id="step-', start + 5)
    return page[start:end if end > 0 else len(page)]


def test_the_way_taken_is_shown_and_the_other_says_why_not(ann: Browser, run_rows: Callable) -> None:
    page = ann.get(f"/executions/{run_rows([CHECK, note('end')], [1])}").text
    assert "Then:" in part(page, "1-1")
    assert "Succeeded" in part(page, "1-2")
    assert "did not run: it was so" in part(page, "1-3")
    assert "This way was not taken." in part(page, "1-3")
    assert "Succeeded" in part(page, "2")
    other = ann.get(f"/executions/{run_rows([CHECK], [])}").text
    assert "did not run: it was not so" in part(other, "1-1")
    assert "Succeeded" in part(other, "1-3")


def test_a_loop_is_one_line_with_its_items_the_failed_ones_first(ann: Browser, run_rows: Callable) -> None:
    page = ann.get(f"/executions/{run_rows([LOOP], [1, 2, 95])}").text
    loop = part(page, "1")
    assert "3 items, 1 failed" in loop
    assert loop.index("Item 3") < loop.index("Item 1")
    assert "Show all 3 items" in loop
    assert 'id="step-1-1"' not in page


def test_a_loop_that_went_on_after_a_failed_item_is_open(ann: Browser, run_rows: Callable) -> None:
    good, bad = (part(ann.get(f"/executions/{run_rows([LOOP], [1, total])}").text, "1") for total in (2, 95))
    assert " open" not in good[:good.index("<summary")]
    assert " open" in bad[:bad.index("<summary")]


def test_a_loop_that_another_run_goes_on_with_takes_as_long_as_it_takes_there(
    ann: Browser, run_rows: Callable, engine: Engine
) -> None:
    failed = run_rows([{**LOOP, "with": {"list": "{{ inputs.rows }}"}}], [1, 95])
    engine.clock.pass_time(minutes=10)
    again = engine.do(lambda uow: repeats.resume(uow, failed, user_id=None, at=engine.clock.at))
    engine.advance(again)
    loop = part(ann.get(f"/executions/{again}").text, "1")
    summary = loop[:loop.index("</summary>")]
    assert 'class="b-bad"' in summary
    assert "10 min" not in summary


def test_what_holds_a_step_that_rests_rests_too(ann: Browser, run_rows: Callable) -> None:
    wait = {"key": "wait", "type": "wait", "with": {"for": "1h"}}
    loop = {**LOOP, "steps": [{**CHECK, "then": [wait], "otherwise": []}]}
    page = part(ann.get(f"/executions/{run_rows([loop], [1, 2])}").text, "1")
    assert page.count("Waiting</span>") == 3
    assert "Running" not in page


def test_of_many_items_the_first_to_look_at_are_shown_and_all_have_pages(
    ann: Browser, run_rows: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_steps, "WORST", 2)
    monkeypatch.setattr(loops, "PAGE", 4)
    run_id = run_rows([LOOP], [1] * 9 + [99])
    page = ann.get(f"/executions/{run_id}").text
    assert page.count("<strong>Item ") == 2
    assert "<strong>Item 10</strong>" in page
    first = ann.get(f"/executions/{run_id}?loop=each").text
    assert [f"<strong>Item {number}</strong>" in first for number in (1, 4, 5)] == [True, True, False]
    assert "loop=each&amp;from=5" in first
    last = ann.get(f"/executions/{run_id}?loop=each&from=9").text
    assert "<strong>Item 10</strong>" in last
    assert "Next items" not in last


def test_one_item_has_a_page_with_its_data(ann: Browser, run_rows: Callable) -> None:
    run_id = run_rows([LOOP], [1, 95])
    page = ann.get(f"/executions/{run_id}?loop=each&item=2").text
    assert "item 2 of 2" in page
    assert "Failed" in part(page, "1-1")
    assert "Failed" in part(page, "1-1-1")
    assert "did not run: it was so" in part(page, "1-1-2")
    assert ann.get(f"/executions/{run_id}/data/1.1.2?at=0").json == {"message": "1"}
    assert ann.get(f"/executions/{run_id}/data/1.1.2?at=1").status_code == 404


@pytest.mark.parametrize("query", ["loop=none", "loop=each&item=0", "loop=each&item=3", "loop=big",
                                   "loop=each&item=1&at=7"])
def test_what_there_is_not_in_a_run_is_told(ann: Browser, run_rows: Callable, query: str) -> None:
    assert ann.get(f"/executions/{run_rows([LOOP], [1, 2])}?{query}").status_code == 404


def test_a_loop_inside_a_loop_has_its_own_items(ann: Browser, run_rows: Callable) -> None:
    outer = {"key": "outer", "name": "Twice", "type": "for_each", "with": {"list": [1, 2]}, "steps": [LOOP]}
    run_id = run_rows([outer], [1, 95, 3])
    page = ann.get(f"/executions/{run_id}?loop=outer&item=2").text
    assert "3 items, 1 failed" in page
    assert f"/executions/{run_id}?loop=each&amp;at=1&amp;item=2" in page
    inner = ann.get(f"/executions/{run_id}?loop=each&at=1&item=2").text
    assert "Too much" in inner
    assert ann.get(f"/executions/{run_id}/data/1.1.1.2?at=1.0").json == {"message": "1"}


def test_steps_for_a_failure_stand_under_the_failed_step(ann: Browser, run_rows: Callable) -> None:
    page = ann.get(f"/executions/{run_rows([FAILS, note('end', if_fails=[note('never')])], [])}").text
    assert "If this fails:" in part(page, "1-1")
    assert "Succeeded" in part(page, "1-1")
    assert "only if that step fails" in part(page, "2-1")


def test_every_tab_and_the_live_partials_know_steps_inside_steps(ann: Browser, run_rows: Callable) -> None:
    run_id = run_rows([CHECK, FAILS], [1, 95])
    for tab in ("log", "data", "details"):
        assert ann.get(f"/executions/{run_id}?tab={tab}").status_code == 200
    assert "Say" in ann.get(f"/executions/{run_id}?tab=log").text
    live = ann.get(f"/live/executions/{run_id}?since=0").text
    assert 'hx-target="#step-1-1"' in live
    inside = ann.get(f"/live/executions/{run_id}?loop=each&item=1&since=0").text
    assert 'hx-target="#run-steps"' in inside
    assert "item 1 of 2" in inside


def test_a_running_run_counts_the_steps_of_the_workflow_itself(
    ann: Browser, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    wait = {"key": "wait", "type": "wait", "with": {"for": "1h"}}
    held = {**CHECK, "then": [note("a"), note("b"), note("c"), wait]}
    run_id = engine.start(add_live_workflow(database, at, [note("start"), held, note("end")],
                                            owner_id=admin_id), rows=[1])
    engine.advance(run_id)
    with database.transaction() as uow:
        uow.connection.exec_driver_sql("UPDATE executions SET status = 'running', lease_owner = 'w'")
    assert "step 2 of 3" in ann.get("/monitoring").text
    assert "Step 2.4 of 3: Wait" in ann.get(f"/executions/{run_id}").text


def test_json_gives_each_step_its_place(ann: Browser, run_rows: Callable) -> None:
    run_id = run_rows([CHECK], [1, 95])
    shown = ann.get(f"/api/executions/{run_id}").json
    places = [(step["key"], step["position"], step["parentKey"], step["block"]) for step in shown["steps"]]
    assert places == [
        ("check", "", None, None), ("each", "", "check", "then"), ("sum", "", "check", "then"),
        ("big", "0", "each", "steps"), ("say", "0", "big", "otherwise"),
        ("big", "1", "each", "steps"), ("bad", "1", "big", "then"),
    ]
    assert shown["stepsReached"] == 7
    one = ann.get(f"/api/executions/{run_id}?position=1").json
    assert [step["key"] for step in one["steps"]] == ["big", "bad"]
    assert ann.get(f"/api/executions/{run_id}?position=x").status_code == 422


def test_an_item_is_called_by_what_it_is(ann: Browser, engine: Engine, database: Database, admin_id: str,
                                         at: datetime) -> None:
    outer = {"key": "outer", "type": "for_each", "with": {"list": "{{ inputs.shops }}"},
             "steps": [{**LOOP, "with": {"list": "{{ item.orders }}"}}]}
    workflow_id = add_live_workflow(database, at, [outer], owner_id=admin_id)
    orders = [{"password": "hush", "customer": "Ann", "total": 1}, {"customer": "<b>Bob", "total": 2}]
    run_id = engine.run(workflow_id, shops=[{"orders": orders}]).id
    page = ann.get(f"/executions/{run_id}?loop=each&at=0").text
    assert "&lt;b&gt;Bob" in page
    assert "hush" not in page
    assert "&lt;b&gt;Bob" in ann.get(f"/executions/{run_id}?loop=each&at=0&item=2").text
