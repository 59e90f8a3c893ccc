"""The draft as a recipe: what a person does to its steps, page by page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from engine.db import Database
from engine.models import Workflow
from engine.services.workflows import workflows
from tests.web.browser import Browser

PAGE = "/workflows/report/steps"


def note(key: str, message: str = "hello") -> dict[str, Any]:
    return {"key": key, "type": "write_log", "with": {"message": message}}


@pytest.fixture
def steps(database: Database, admin_id: str, at: datetime) -> Callable[[], list[dict[str, Any]]]:
    """Ann's workflow Report with the steps a and b; a call gives its draft."""
    with database.transaction() as uow:
        workflow_id = workflows.create(
            uow,
            owner_id=admin_id,
            name="Report",
            limits={},
            at=at,
            steps=[note("a"), note("b", "{{ steps.a.message }}")],
        )

    def draft() -> list[dict[str, Any]]:
        with database.transaction() as uow:
            return workflows.locked(uow, workflow_id).draft

    return draft


def keys(steps: list[dict[str, Any]]) -> str:
    return "".join(step["key"] for step in steps)


def test_a_card_says_what_its_step_does_with_values_by_name(ann: Browser, steps: Callable) -> None:
    page = ann.get(PAGE).text
    assert "Write a note in the log › message" in page
    assert "{{ steps" not in page


def test_a_step_is_added_where_it_was_asked_for(ann: Browser, steps: Callable) -> None:
    form = ann.get(f"{PAGE}/add?after=1&type=wait")
    assert form.status_code == 200
    answer = ann.post(
        f"{PAGE}/add", {"type": "wait", "after": "1", "rev": "0", "name": "Rest", "with.for": "5m"}
    )
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#step-rest")
    assert keys(steps()) == "arestb"
    assert steps()[1] == {"key": "rest", "type": "wait", "name": "Rest", "with": {"for": "5m"}}


def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    ann: Browser, steps: Callable
) -> None:
    answer = ann.post(
        f"{PAGE}/add",
        {
            "type": "wait",
            "after": "0",
            "rev": "0",
            "name": "My rest",
            "with.for": "soon",
            "timeout_seconds": "many",
            "on_failure": "continue",
        },
    )
    assert answer.status_code == 422
    assert 'href="#f-with-for"' in answer.text
    assert 'value="soon"' in answer.text
    assert 'value="My rest"' in answer.text
    assert 'value="many"' in answer.text
    assert "Error: Steps of Report" in answer.text
    assert keys(steps()) == "ab"


def test_saving_keeps_the_key_and_the_wait_that_has_no_field(
    ann: Browser, steps: Callable, database: Database, admin_id: str, at: datetime
) -> None:
    ann.post(f"{PAGE}/a", {"rev": "0", "name": "Say it", "with.message": "new", "retry.max_attempts": "5"})
    assert steps()[0] == {**note("a", "new"), "name": "Say it", "retry": {"max_attempts": 5}}


def test_inserting_a_value_without_javascript_shows_the_form_again(ann: Browser, steps: Callable) -> None:
    answer = ann.post(
        f"{PAGE}/b",
        {"rev": "0", "with.message": "Said: ", "into": "with.message", "insert": "{{ steps.a.message }}"},
    )
    assert answer.status_code == 200
    assert "Said:{{ steps.a.message }}" in answer.text
    assert steps()[1]["with"]["message"] == "{{ steps.a.message }}"


def test_a_move_that_tears_a_value_asks_first(ann: Browser, steps: Callable) -> None:
    asked = ann.post(f"{PAGE}/b/move", {"where": "up", "rev": "0"})
    assert asked.status_code == 409
    assert all(said in asked.text for said in (
        "Move Write a note in the log up?", ">Note<", "Write a note in the log › message", "Move anyway",
        f'href="{PAGE}#step-b"'))
    assert keys(steps()) == "ab"


def test_a_move_that_is_wanted_anyway_shows_what_is_torn(ann: Browser, steps: Callable) -> None:
    answer = ann.post(f"{PAGE}/b/move", {"where": "up", "rev": "0", "anyway": "yes"}, follow_redirects=True)
    assert keys(steps()) == "ba"
    assert "is now step 1 of 2" in answer.text
    assert "Step “a” has not run yet at this point" in answer.text


def test_a_removed_step_comes_back_by_undo_at_its_place(ann: Browser, steps: Callable) -> None:
    assert ann.post(f"{PAGE}/a/remove", {"rev": "0"}).status_code == 409
    assert keys(steps()) == "ab"
    page = ann.post(f"{PAGE}/a/remove", {"rev": "0", "anyway": "yes"})
    assert page.status_code == 200
    assert "Undo" in page.text
    assert keys(steps()) == "b"
    carried = {
        "step": '{"key": "a", "type": "write_log", "with": {"message": "hello"}}',
        "after": "0",
        "rev": "1",
    }
    ann.post(f"{PAGE}/restore", carried)
    assert keys(steps()) == "ab"


def test_sending_a_removal_twice_does_no_harm(ann: Browser, steps: Callable) -> None:
    ann.post(f"{PAGE}/b/remove", {"rev": "0"})
    assert ann.post(f"{PAGE}/b/remove", {"rev": "0"}).status_code == 303
    assert keys(steps()) == "a"


@pytest.mark.parametrize(
    "forged", ["", "[]", "{}", '{"type": "nothing", "key": "x"}', '{"type": "wait", "key": 3}']
)
def test_only_a_step_can_be_put_back(ann: Browser, steps: Callable, forged: str) -> None:
    assert ann.post(f"{PAGE}/restore", {"step": forged, "rev": "0"}).status_code == 422


def test_two_people_never_lose_a_change(ann: Browser, steps: Callable) -> None:
    """Fault 40: two tabs edit the same draft."""
    ann.post(f"{PAGE}/a", {"rev": "0", "with.message": "first"})
    late = ann.post(f"{PAGE}/a", {"rev": "0", "with.message": "second"})
    assert late.status_code == 409
    assert "second" in late.text
    assert 'name="rev" value="1"' in late.text
    assert steps()[0]["with"]["message"] == "first"
    moved = ann.post(f"{PAGE}/a/move", {"where": "down", "rev": "0"}, follow_redirects=True)
    assert "Someone else changed these steps" in moved.text


def test_the_picker_finds_steps_by_the_words_people_use(ann: Browser, steps: Callable) -> None:
    assert "Get a web page or data" in ann.get(f"{PAGE}/add?q=url").text
    assert "No kind of step matches “zzz”." in ann.get(f"{PAGE}/add?q=zzz").text


def test_a_viewer_sees_no_way_to_change_and_a_stranger_to_it_sees_nothing(
    signed_in: Callable[[str], Browser], steps: Callable
) -> None:
    editor = signed_in("editor")
    assert editor.get(PAGE).status_code == 404
    assert editor.post(f"{PAGE}/a/remove", {"rev": "0"}).status_code == 404
    assert signed_in("viewer").get(f"{PAGE}/add").status_code == 403


def test_what_people_write_is_shown_as_text(ann: Browser, steps: Callable) -> None:
    evil = '"><img src=x onerror=alert(1)>'
    ann.post(f"{PAGE}/a", {"rev": "0", "name": evil, "with.message": evil})
    for path in (PAGE, f"{PAGE}?edit=a", f"{PAGE}?edit=b"):
        assert "<img" not in ann.get(path).text


@pytest.mark.parametrize(("given", "said"), [
    ({"headers": {"X.From": "{{ steps.a.message }}"}}, "X.From"),
    ({"body": {"list": [{"deep": "{{ steps.a.message }}"}]}}, "Write a note in the log › message"),
])
def test_a_value_inside_a_field_is_named_with_its_field(
    ann: Browser, steps: Callable, database: Database, given: dict[str, Any], said: str
) -> None:
    call = {"key": "call", "type": "http_request", "with": {"url": "https://example.org", **given}}
    with database.transaction() as uow:
        uow.execute(update(Workflow).values(draft=[note("a"), call]))
    asked = ann.post(f"{PAGE}/a/remove", {"rev": "0"})
    assert asked.status_code == 409
    assert said in asked.text
