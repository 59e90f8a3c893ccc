"""The log of a run with loops: whose item a line is about, on the page, in the file and as JSON."""

from collections.abc import Callable
from datetime import datetime

from engine.db import Database
from engine.services.runs import recovery
from tests.support.stories import Engine, add_live_workflow
from tests.web.browser import Browser

FIRST = {"key": "first", "name": "First", "type": "write_log", "with": {"message": "hello"}}
SAY = {"key": "say", "name": "Say", "type": "write_log", "with": {"message": "{{ item.total }}"}}
LOOP = {"key": "each", "name": "Each order", "type": "for_each", "with": {"list": "{{ inputs.rows }}"},
        "steps": [SAY]}
TWICE = {"key": "outer", "name": "Twice", "type": "for_each", "with": {"list": [1, 2]}, "steps": [LOOP]}
GET = {"key": "get", "name": "Get it", "type": "http_request", "with": {"url": "http://127.0.0.1:9/x"},
       "retry": {"max_attempts": 2, "backoff_ms": 1000}}


def test_lines_say_which_item_they_are_about_and_one_item_has_its_own(
    ann: Browser, run_rows: Callable
) -> None:
    run_id = run_rows([FIRST, LOOP], [71, 72, 95])
    log = ann.get(f"/executions/{run_id}?tab=log").text
    assert "Item 2 · Say: </span>72" in log
    assert "<span class=\"muted\">First: </span>hello" in log
    page = ann.get(f"/executions/{run_id}").text
    assert f'href="/executions/{run_id}?tab=log&amp;loop=each&amp;item=2"' in page
    one = ann.get(f"/executions/{run_id}?tab=log&loop=each&item=2").text
    assert "Item 2 · Say: </span>72" in one
    assert "Item 1 ·" not in one
    assert "First: " not in one
    loop = ann.get(f"/executions/{run_id}?tab=log&loop=each&q=7").text
    assert "2 matching lines in the whole log of this loop" in loop
    assert "[say, item 2] 72" in ann.get(f"/executions/{run_id}/log").text


def test_lines_of_a_loop_inside_a_loop_are_found_by_both_numbers(ann: Browser, run_rows: Callable) -> None:
    run_id = run_rows([TWICE], [5, 6])
    one = ann.get(f"/executions/{run_id}?tab=log&loop=each&item=2.1").text
    assert "Item 2.1 · Say: </span>5" in one
    assert "Item 2.2 ·" not in one
    assert "Item 2.2 · Say: </span>6" in ann.get(f"/executions/{run_id}?tab=log&loop=outer&item=2").text
    inside = ann.get(f"/executions/{run_id}?loop=each&at=1&item=1").text
    assert "?tab=log&amp;loop=each&amp;item=2.1" in inside


def test_an_item_typed_in_the_log_is_of_the_only_loop_or_says_what_to_do(
    ann: Browser, run_rows: Callable
) -> None:
    run_id = run_rows([FIRST, LOOP], [71, 72])
    assert "Item 1 ·" not in ann.get(f"/executions/{run_id}?tab=log&item=2").text
    typed = ann.get(f"/executions/{run_id}?tab=log&item=second&q=7")
    assert typed.status_code == 422
    assert "Write the number of an item" in typed.text
    assert 'value="second"' in typed.text
    two = run_rows([LOOP, {**LOOP, "key": "again", "steps": [{**SAY, "key": "more"}]}], [1])
    assert "Choose the loop whose item you mean" in ann.get(f"/executions/{two}?tab=log&item=1").text
    assert ann.get(f"/executions/{run_id}?tab=log&loop=none").status_code == 404


def test_new_lines_of_another_item_are_not_pushed_into_the_log_of_one(
    ann: Browser, run_rows: Callable
) -> None:
    run_id = run_rows([LOOP], [71, 72])
    live = ann.get(f"/live/executions/{run_id}?tab=log&loop=each&item=2&since=0-0").text
    assert "Item 2 · Say: </span>72" in live
    assert "Item 1 ·" not in live


def test_a_step_tried_twice_in_an_item_shows_both_tries(
    ann: Browser, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [{**LOOP, "steps": [GET]}], owner_id=admin_id)
    run_id = engine.start(workflow_id, rows=[{}])
    engine.advance(run_id)
    engine.clock.pass_time(seconds=60)
    engine.do(lambda uow: recovery.wake(uow, engine.clock.at))
    engine.advance(run_id)
    page = ann.get(f"/executions/{run_id}?loop=each&item=1").text
    assert page.count('class="b-bad"') == 2


def test_json_gives_each_line_its_place(ann: Browser, run_rows: Callable) -> None:
    run_id = run_rows([FIRST, LOOP], [71, 72])
    said = {(line["stepKey"], line["position"]) for line in ann.get(f"/api/executions/{run_id}").json["logs"]}
    assert {("first", ""), ("say", "0"), ("say", "1")} <= said
    one = ann.get(f"/api/executions/{run_id}?position=1").json["logs"]
    assert {line["position"] for line in one} == {"1"}
    assert "72" in [line["message"] for line in one]
