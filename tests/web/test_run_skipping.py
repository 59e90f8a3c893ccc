"""Skipping the step a run failed with, from its page."""

import re
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update

from engine.db import Database
from engine.models import Execution, ExecutionStep
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser

GET = {"key": "get", "name": "Get sales", "type": "http_request", "with": {"url": "http://127.0.0.1:9/x"},
       "retry": {"max_attempts": 1}}
MAIL = {"key": "mail", "name": "Send it", "type": "write_log", "with": {"message": "{{ steps.get.body }}"}}


def test_a_failed_run_offers_to_skip_what_failed_and_says_who_needs_it(
    ann: Browser, run: Callable[..., str]
) -> None:
    failed = run(NOTE, GET, MAIL, NOTE | {"key": "end"})
    assert "Skip Get sales and continue" in ann.get(f"/executions/{failed}").text
    question = ann.get(f"/executions/{failed}/skip").text
    assert "Skip Get sales and continue?" in question
    assert re.search(r"<strong>Send it</strong>\s+uses what it would have given", question)
    assert "what it would have given, and will fail" not in ann.get(f"/executions/{run(GET, NOTE)}/skip").text


def test_the_skipped_step_says_so_in_its_row_and_in_the_log(
    ann: Browser, run: Callable[..., str], engine: Engine
) -> None:
    failed = run(NOTE, GET, NOTE | {"key": "end"})
    path = ann.post(f"/executions/{failed}/skip").location
    engine.advance(path.rsplit("/", 1)[1])
    page = ann.get(path).text
    assert "Skipped · by Ann" in page
    assert "Ann skipped it. What it would have given is empty." in page
    assert "Without the failed step" in page
    log = ann.get(f"{path}?tab=log").text
    assert "Get sales: </span>Skipped by Ann. What it would have given is empty." in log
    assert "Without the failed step" in ann.get(f"/executions/{failed}").text


def test_a_step_that_misses_what_was_skipped_says_who_skipped_it(
    ann: Browser, run: Callable[..., str], engine: Engine
) -> None:
    path = ann.post(f"/executions/{run(NOTE, GET, MAIL)}/skip").location
    engine.advance(path.rsplit("/", 1)[1])
    page = ann.get(path).text
    assert "“body” of “Get sales” was empty in Send it" in page
    assert "Ann skipped “Get sales”, so it gave nothing. Skip this step as well" in page


def test_a_step_that_misses_what_only_somebodys_word_stands_for_says_so(
    ann: Browser, run: Callable[..., str], engine: Engine
) -> None:
    failed = run(NOTE, GET, MAIL)
    engine.do(lambda uow: uow.execute(update(ExecutionStep).where(ExecutionStep.step_key == "get").values(
        status="waiting", reason="unknown_outcome", effect="unknown")))
    engine.do(lambda uow: uow.execute(update(Execution).values(
        status="waiting", reason="unknown_outcome", completed_at=None, error_code=None)))
    ann.post(f"/executions/{failed}/outcome", {"step": "get", "answer": "happened"})
    engine.advance(failed)
    page = ann.get(f"/executions/{failed}").text
    assert "Ann said that “Get sales” happened; what it would have given never came." in page
    assert "renamed" not in page


def test_what_has_nothing_to_skip_does_not_offer_it(ann: Browser, run: Callable[..., str]) -> None:
    good = run(NOTE)
    assert "and continue" not in ann.get(f"/executions/{good}").text
    assert ann.get(f"/executions/{good}/skip").status_code == 409
    assert ann.post(f"/executions/{good}/skip").status_code == 409


def test_only_who_may_edit_skips(
    stranger: Browser, database: Database, engine: Engine, add_user: Callable[[str], tuple[str, str]],
    at: datetime,
) -> None:
    owner_id, password = add_user("operator")
    stranger.sign_in("operator@example.org", password)
    failed = engine.run(add_live_workflow(database, at, [NOTE, GET], owner_id=owner_id)).id
    page = stranger.get(f"/executions/{failed}").text
    assert "Continue from Get sales" in page
    assert "Skip Get sales" not in page
    assert stranger.get(f"/executions/{failed}/skip").status_code == 403
    assert stranger.post(f"/executions/{failed}/skip").status_code == 403
