"""Steps that hold steps, as a person edits them page by page."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine.db import Database
from engine.services.workflows import launches, workflows
from tests.support.stories import Clock, Engine, add_live_workflow
from tests.web.browser import Browser

PAGE = "/workflows/report/steps"
LIST = {"key": "rows", "type": "write_log", "with": {"message": "a"}}
LOOP = {"key": "each", "name": "Each row", "type": "for_each", "with": {"list": "{{ steps.rows.list }}"},
        "steps": [{"key": "say", "name": "Say it", "type": "write_log", "with": {"message": "{{ item }}"}}]}
CHECK = {"key": "check", "name": "Is it so?", "type": "if", "with": {"left": "1", "is": "is", "right": "1"},
         "then": [LOOP], "otherwise": [{"key": "no", "type": "write_log", "with": {"message": "no"}}]}


@pytest.fixture
def steps(database: Database, admin_id: str, at: datetime) -> Callable[[], list[dict[str, Any]]]:
    """Ann's workflow Report: rows, then check with a loop inside; a call gives its draft."""
    with database.transaction() as uow:
        workflow_id = workflows.create(uow, owner_id=admin_id, name="Report", limits={}, at=at,
                                       steps=[LIST, CHECK])

    def draft() -> list[dict[str, Any]]:
        with database.transaction() as uow:
            return workflows.locked(uow, workflow_id).draft

    return draft


def test_blocks_stand_in_reading_order_with_their_words_and_an_end(ann: Browser, steps: Callable) -> None:
    page = ann.get(PAGE).text
    places = [page.index(text) for text in (
        "Is it so?</h2>", "Then:", "Each row</h3>", "For each item:", "Say it</h4>", "End of Each row",
        "Otherwise:", "End of Is it so?")]
    assert places == sorted(places)
    assert ">2.1.1</span>" in page


def test_a_step_is_added_inside_a_block(ann: Browser, steps: Callable) -> None:
    assert f"{PAGE}/add?in=each.steps&amp;after=1" in ann.get(PAGE).text
    picker = ann.get(f"{PAGE}/add?in=each.steps&after=1").text
    assert "in=each.steps" in picker
    form = ann.get(f"{PAGE}/add?in=each.steps&after=1&type=wait").text
    assert 'name="in" value="each.steps"' in form
    ann.post(f"{PAGE}/add", {"type": "wait", "in": "each.steps", "after": "1", "rev": "0", "with.for": "5m"})
    assert [step["key"] for step in steps()[1]["then"][0]["steps"]] == ["say", "wait"]


def test_a_place_that_is_gone_is_told(ann: Browser, steps: Callable) -> None:
    assert ann.get(f"{PAGE}/add?in=gone.steps&type=wait").status_code == 404


def test_what_is_wrong_inside_a_block_is_told_at_its_field_and_its_card(
    ann: Browser, steps: Callable
) -> None:
    answer = ann.post(f"{PAGE}/say", {"rev": "0", "name": "Say it", "with.message": "{{ steps.no.message }}"})
    assert answer.status_code == 422
    assert "Step “no” has not run yet" in answer.text
    assert 'href="#f-with-message"' in answer.text
    ann.post(f"{PAGE}/check/move", {"where": "up", "rev": "0", "anyway": "yes"})
    page = ann.get(PAGE).text
    card = page[page.index('id="step-each"'):page.index('id="step-say"')]
    assert "Step “rows” has not run yet" in card


def test_editing_a_step_keeps_what_it_holds(ann: Browser, steps: Callable) -> None:
    ann.post(f"{PAGE}/check", {"rev": "0", "name": "Well?", "with.left": "2", "with.is": "is",
                               "with.right": "2"})
    assert steps()[1]["name"] == "Well?"
    assert steps()[1]["then"] == [LOOP]


def test_a_step_with_all_it_holds_is_removed_and_comes_back(ann: Browser, steps: Callable) -> None:
    before = steps()
    page = ann.post(f"{PAGE}/each/remove", {"rev": "0"}).text
    assert "then" not in steps()[1]
    spot = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("in", "after")}
    ann.post(f"{PAGE}/restore", {"step": json.dumps(LOOP), "rev": "1", **spot})
    assert steps() == before


def test_a_step_moves_out_of_its_block_and_is_told_where_it_went(ann: Browser, steps: Callable) -> None:
    assert ">item<" in ann.post(f"{PAGE}/say/move", {"where": "up", "rev": "0"}).text
    moved = {"where": "up", "rev": "0", "anyway": "yes"}
    answer = ann.post(f"{PAGE}/say/move", moved, follow_redirects=True)
    assert "Say it is now step 2.1, in “Then” of Is it so?." in answer.text


def test_inside_a_loop_the_item_is_offered_and_outside_it_is_not(ann: Browser, steps: Callable) -> None:
    inside = ann.get(f"{PAGE}?edit=say").text
    assert "Each row: the item at hand" in inside
    assert 'data-insert="{{ item }}"' in inside
    assert 'data-insert="{{ loop.number }}"' in inside
    assert 'data-insert="{{ item }}"' not in ann.get(f"{PAGE}?edit=no").text


def test_steps_for_a_failure_are_asked_for_by_form(ann: Browser, steps: Callable) -> None:
    ann.post(f"{PAGE}/rows", {"rev": "0", "with.message": "a", "if_fails": "on"})
    assert steps()[0]["if_fails"] == []
    assert f"{PAGE}/add?in=rows.if_fails&amp;after=0" in ann.get(PAGE).text
    assert "What went wrong" in ann.get(f"{PAGE}/add?in=rows.if_fails&type=write_log").text
    ann.post(f"{PAGE}/add", {"type": "write_log", "in": "rows.if_fails", "rev": "1", "with.message": "help"})
    ann.post(f"{PAGE}/rows", {"rev": "2", "with.message": "b"})
    assert [step["key"] for step in steps()[0]["if_fails"]] == ["write_a_note_in_the_log"]


def test_warnings_are_rows_of_the_form_and_shown_on_the_card(ann: Browser, steps: Callable) -> None:
    sent = {"rev": "0", "with.message": "a", "warn_after_seconds": "90",
            "warn_if.value": ["message", "", ""], "warn_if.is": ["is_empty", "between", ""],
            "warn_if.right": ["", "1, 10", ""]}
    ann.post(f"{PAGE}/rows", sent)
    assert steps()[0]["warn_if"] == [{"value": "message", "is": "is_empty"},
                                     {"is": "between", "right": ["1", "10"]}]
    page = ann.get(PAGE).text
    assert "Warns if message is empty" in page
    assert "Warns if it takes longer than" in page
    form = ann.get(f"{PAGE}?edit=rows").text
    assert 'value="1, 10"' in form


def test_a_warning_without_a_comparison_is_told_beside_it(ann: Browser, steps: Callable) -> None:
    answer = ann.post(f"{PAGE}/rows", {"rev": "0", "with.message": "a", "warn_if.value": "message",
                                       "warn_if.is": "", "warn_if.right": "7"})
    assert answer.status_code == 422
    assert 'href="#f-warn_if"' in answer.text or 'href="#f-warn-if"' in answer.text
    assert "Choose how to compare." in answer.text
    assert 'value="7"' in answer.text


def test_the_workflow_to_run_is_chosen_from_those_that_are_live(
    ann: Browser, steps: Callable, database: Database, admin_id: str, at: datetime
) -> None:
    with database.transaction() as uow:
        other = workflows.create(uow, owner_id=admin_id, name="Send it", steps=[LIST], limits={}, at=at)
        launches.launch(uow, other, by=admin_id, at=at, timezone="UTC")
    form = ann.get(f"{PAGE}/add?type=run_workflow").text
    assert '<option value="send-it">Send it</option>' in form
    assert '<option value="report">' not in form


def test_the_look_before_make_live_and_the_version_show_every_step(ann: Browser, steps: Callable) -> None:
    review = ann.get("/workflows/report/live").text
    assert review.index("Then:") < review.index("Each row") < review.index("Otherwise:")
    ann.post("/workflows/report/live", {"rev": "0"})
    assert "Say it" in ann.get("/workflows/report/versions/1").text
    ann.post(f"{PAGE}/no/move", {"where": "down", "rev": "0"})
    review = ann.get("/workflows/report/live").text
    assert "moved from step 2.2, in “Otherwise” of Is it so? to step 3" in review


def test_the_fields_of_an_item_are_those_the_last_run_had(
    ann: Browser, database: Database, admin_id: str, at: datetime
) -> None:
    loop = {**LOOP, "with": {"list": "{{ inputs.rows }}"}}
    workflow_id = add_live_workflow(database, at, [loop], owner_id=admin_id)
    Engine(database, Clock(at)).run(workflow_id, rows=[{"customer": "Cleo"}])
    form = ann.get(f"/workflows/{workflow_id}/steps?edit=say").text
    assert 'data-insert="{{ item.customer }}"' in form
    assert 'data-insert="{{ inputs.rows.count }}"' in form
    assert "Cleo" in form


@pytest.mark.parametrize("step", [
    {"key": "a", "type": "if", "with": {}, "then": "no list"},
    {"key": "a", "type": "if", "with": {}, "then": [3, {"type": 5}, {"key": "c", "type": "for_each"}]},
    {"key": "a", "type": "write_log", "if_fails": {"x": 1}, "warn_if": "x", "retry": 3, "with": "text"},
    {"key": "a", "type": "write_log", "with": {"message": ["x"]}, "warn_if": [1, {"is": 5, "value": 7}]},
    {"key": "a", "type": "nothing", "steps": [{"key": "f", "type": "wait"}]},
], ids=["block", "steps", "settings", "warnings", "type"])
def test_whatever_another_program_wrote_into_a_draft_is_shown(
    ann: Browser, database: Database, admin_id: str, at: datetime, step: dict[str, Any]
) -> None:
    with database.transaction() as uow:
        workflows.create(uow, owner_id=admin_id, name="Report", steps=[step], limits={}, at=at)
    asked = [PAGE, "/workflows/report/live", *([f"{PAGE}?edit=a"] if step["type"] != "nothing" else [])]
    assert [ann.get(path).status_code for path in asked] == [200] * len(asked)
