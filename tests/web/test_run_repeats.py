"""Continuing a run, running it with changed data, and answering what nobody knows, from the pages."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from engine.db import Database
from engine.models import Execution, ExecutionStep
from engine.services.runs import repeats
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser

REFUSED = {"key": "get", "name": "Get sales", "type": "http_request",
           "with": {"url": "http://127.0.0.1:9/x", "method": "POST"}, "retry": {"max_attempts": 1}}


@pytest.fixture
def run(engine: Engine, database: Database, admin_id: str, at: datetime) -> Callable[..., Any]:
    def go(*steps: dict[str, Any], **given: Any) -> Any:
        return engine.run(add_live_workflow(database, at, steps, owner_id=admin_id), **given)

    return go


@pytest.fixture
def asking(run: Callable[..., Any], engine: Engine) -> str:
    """A run that waits for somebody's word on its first step; gives its id."""
    found = run(REFUSED, NOTE)
    engine.do(lambda uow: uow.execute(update(ExecutionStep).values(
        status="waiting", reason="unknown_outcome", effect="unknown")))
    engine.do(lambda uow: uow.execute(update(Execution).values(
        status="waiting", reason="unknown_outcome", completed_at=None, error_code=None)))
    return str(found.id)


def test_a_failed_run_offers_to_continue_from_the_step_that_failed(
    ann: Browser, run: Callable[..., Any], engine: Engine
) -> None:
    failed = run(NOTE, REFUSED)
    assert "Continue from Get sales" in ann.get(f"/executions/{failed.id}").text
    question = ann.get(f"/executions/{failed.id}/resume").text
    assert "A new run takes over what is finished." in question
    key = re.search(r'name="key" value="([^"]+)"', question)
    assert key
    answers = [ann.post(f"/executions/{failed.id}/resume", {"key": key[1]}) for _ in range(2)]
    assert answers[0].location == answers[1].location
    fresh = engine.execution(answers[0].location.rsplit("/", 1)[1])
    assert (fresh.retry_of, fresh.retry_kind) == (failed.id, "resume")


def test_changed_data_is_offered_where_there_is_data(ann: Browser, run: Callable[..., Any]) -> None:
    assert "Run with changed data" not in ann.get(f"/executions/{run(NOTE).id}").text
    assert "Run with changed data" in ann.get(f"/executions/{run(NOTE, region='north').id}").text


def test_a_step_without_a_name_is_called_alike_everywhere(
    ann: Browser, run: Callable[..., Any], engine: Engine
) -> None:
    plain = {name: value for name, value in REFUSED.items() if name != "name"}
    failed = run(NOTE, plain)
    page = ann.get(f"/executions/{failed.id}").text
    assert "Continue from Get a web page or data" in page
    assert "Skip Get a web page or data and continue" in page
    assert "<strong>Get a web page or data</strong> (step 2 of 2) failed" in page
    engine.do(lambda uow: uow.execute(update(ExecutionStep).where(ExecutionStep.step_key == "get").values(
        status="waiting", reason="unknown_outcome", effect="unknown")))
    engine.do(lambda uow: uow.execute(update(Execution).values(status="waiting", reason="unknown_outcome")))
    assert "Did “Get a web page or data” happen?" in ann.get(f"/executions/{failed.id}").text
    question = ann.get(f"/executions/{failed.id}/outcome?step=get&position=&answer=skip").text
    assert "Skip “Get a web page or data”?" in question


def test_steps_called_alike_are_told_apart_in_every_sentence(ann: Browser, run: Callable[..., Any]) -> None:
    plain = {name: value for name, value in REFUSED.items() if name != "name"}
    page = ann.get(f"/executions/{run(NOTE, plain, plain | {'key': 'two'}).id}").text
    assert "Continue from Get a web page or data (get)" in page
    assert "<strong>Get a web page or data (get)</strong> (step 2 of 3) failed" in page
    assert "Get a web page or data (two)" in page


def test_a_run_with_nothing_finished_offers_no_continuing(ann: Browser, run: Callable[..., Any]) -> None:
    failed = run(REFUSED)
    assert "Continue from" not in ann.get(f"/executions/{failed.id}").text
    assert ann.get(f"/executions/{failed.id}/resume").status_code == 409


def test_what_goes_out_again_is_said_before(ann: Browser, run: Callable[..., Any], engine: Engine) -> None:
    failed = run(NOTE, REFUSED)
    engine.do(lambda uow: uow.execute(
        update(ExecutionStep).where(ExecutionStep.step_key == "get").values(effect="unknown")))
    assert "Continue will send it again." in ann.get(f"/executions/{failed.id}/resume").text
    assert "Run again will send it again." in ann.get(f"/executions/{failed.id}/retry").text


def test_all_runs_of_the_same_are_linked_from_each(ann: Browser, run: Callable[..., Any]) -> None:
    first = run(NOTE, REFUSED).id
    second = ann.post(f"/executions/{first}/resume").location
    third = ann.post(f"/executions/{first}/replay").location
    for page in (f"/executions/{first}", second, third):
        text = ann.get(page).text
        assert [f'href="{path}"' in text for path in (f"/executions/{first}", second, third)] == [True] * 3
        assert [words in text for words in ("First run", "Continued", "With changed data")] == [True] * 3


def test_a_run_with_changed_data_starts_with_what_was_typed(
    ann: Browser, run: Callable[..., Any], engine: Engine
) -> None:
    first = run(NOTE, customer="Ann", token="canary-77", most=3)
    form = ann.get(f"/executions/{first.id}/replay").text
    assert 'value="Ann"' in form
    assert "canary-77" not in form
    refused = ann.post(f"/executions/{first.id}/replay", {"inputs.customer": "Bob", "inputs.most": "many"})
    assert (refused.status_code, 'value="Bob"' in refused.text) == (422, True)
    made = ann.post(f"/executions/{first.id}/replay", {"inputs.customer": "Bob", "inputs.most": "4"})
    fresh = engine.execution(made.location.rsplit("/", 1)[1])
    assert fresh.input == {"customer": "Bob", "token": "canary-77", "most": 4}


@pytest.mark.parametrize(("answer", "words", "status"), [
    ("happened", "Yes, continue", "completed"), ("retry", "No, try again", "pending"),
    ("skip", "Skip this step", "skipped"),
])
def test_somebody_says_whether_it_happened(
    ann: Browser, engine: Engine, asking: str, answer: str, words: str, status: str
) -> None:
    page = ann.get(f"/executions/{asking}").text
    assert "Did “Get sales” happen?" in page
    assert "POST 127.0.0.1:9/x" in page
    assert words in page
    assert words in ann.get(f"/executions/{asking}/outcome?step=get&position=&answer={answer}").text
    answered = ann.post(f"/executions/{asking}/outcome", {"step": "get", "answer": answer})
    assert answered.status_code == 303
    assert (engine.step_rows(asking)["get"].status, engine.execution(asking).status) == (status, "pending")
    assert ann.post(f"/executions/{asking}/outcome", {"step": "get", "answer": answer}).status_code == 409


@pytest.mark.parametrize(("answer", "is_named"), [("happened", True), ("skip", True), ("retry", False)])
def test_who_says_that_it_happened_hears_which_steps_miss_its_answer(
    ann: Browser, run: Callable[..., Any], engine: Engine, answer: str, is_named: bool
) -> None:
    uses = NOTE | {"key": "tell", "name": "Tell", "with": {"message": "{{ steps.get.status }}"}}
    found = run(REFUSED, NOTE, uses)
    engine.do(lambda uow: uow.execute(update(ExecutionStep).values(
        status="waiting", reason="unknown_outcome", effect="unknown")))
    question = ann.get(f"/executions/{found.id}/outcome?step=get&position=&answer={answer}").text
    assert ("<strong>Tell</strong> uses what it would have given" in question) == is_named
    assert ("What it would have given is empty" in question) == is_named


def test_the_question_names_the_item_it_is_about(ann: Browser, engine: Engine, asking: str) -> None:
    engine.do(lambda uow: uow.execute(update(ExecutionStep).where(ExecutionStep.step_key == "get")
                                      .values(position="1")))
    assert "Did “Get sales” (item 2) happen?" in ann.get(f"/executions/{asking}").text
    question = ann.get(f"/executions/{asking}/outcome?step=get&position=1&answer=skip").text
    assert "Skip “Get sales” (item 2)?" in question


def test_home_says_that_a_run_waits_for_somebodys_word(ann: Browser, asking: str) -> None:
    assert f"/executions/{asking}" in ann.get("/").text


def test_a_run_that_waits_for_somebodys_word_can_be_stopped(
    ann: Browser, engine: Engine, asking: str
) -> None:
    assert ann.post(f"/executions/{asking}/cancellation").status_code == 303
    assert engine.execution(asking).status == "cancelled"


@pytest.mark.parametrize("action", ["resume", "replay", "outcome", "skip"])
def test_nobody_does_so_with_the_run_of_somebody_else(
    signed_in: Callable[[str], Browser], run: Callable[..., Any], action: str
) -> None:
    failed = run(NOTE, REFUSED).id
    editor = signed_in("editor")
    assert editor.get(f"/executions/{failed}/{action}").status_code == 404
    answer = editor.post(f"/executions/{failed}/{action}", {"step": "get", "answer": "skip"})
    assert answer.status_code == 404


def test_what_was_kept_says_so_among_the_steps(
    ann: Browser, run: Callable[..., Any], engine: Engine
) -> None:
    failed = run(NOTE, REFUSED).id
    engine.clock.pass_time(seconds=5)
    fresh = engine.do(lambda uow: repeats.resume(uow, failed, user_id=None, at=engine.clock.at))
    assert ann.get(f"/executions/{fresh}").text.count("kept from the run before") == 1
    assert "kept from the run before" not in ann.get(f"/executions/{failed}").text
