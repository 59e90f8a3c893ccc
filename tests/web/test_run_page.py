"""The page of one run: what happened, what to do, its log and its data."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import update

from engine.db import Database
from engine.models import Execution
from engine.queries.runs import logs
from tests.support.stories import Engine, add_live_workflow
from tests.web.browser import Browser

EVIL = '<img src=x onerror="alert(1)">'
NOTE = {"key": "note", "name": EVIL, "type": "write_log", "with": {"message": EVIL}}
WARN = {"key": "warn", "name": "Warn", "type": "write_log", "with": {"message": "careful", "level": "warn"}}
REFUSED = {"key": "get", "name": "Get sales", "type": "http_request", "with": {"url": "http://127.0.0.1:9/x"},
           "retry": {"max_attempts": 1}}
TABS = ["steps", "log", "data", "details"]


def test_a_failure_is_explained_with_what_to_do(ann: Browser, run: Callable[..., str]) -> None:
    page = ann.get(f"/executions/{run(WARN, REFUSED, NOTE)}").text
    assert "127.0.0.1 is there but refused the connection" in page
    assert "What to do" in page
    assert "step 2 of 3" in page
    assert "did not run" in page


def test_every_step_of_the_version_has_a_row(ann: Browser, run: Callable[..., str]) -> None:
    page = ann.get(f"/executions/{run(WARN, REFUSED, NOTE)}").text
    assert [f'id="step-{number}"' in page for number in (1, 2, 3, 4)] == [True, True, True, False]


@pytest.mark.parametrize("tab", TABS)
def test_what_came_from_outside_is_text_on_every_tab(ann: Browser, run: Callable[..., str], tab: str) -> None:
    run_id = run(NOTE, REFUSED, name=EVIL, customer=EVIL, rows=[{EVIL: EVIL}])
    page = ann.get(f"/executions/{run_id}?tab={tab}").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_the_log_can_be_narrowed_and_says_how_much_is_hidden(ann: Browser, run: Callable[..., str]) -> None:
    run_id = run(WARN)
    page = ann.get(f"/executions/{run_id}?tab=log&level=warn").text
    assert "careful" in page
    assert "Run started" not in page
    none = ann.get(f"/executions/{run_id}?tab=log&level=error").text
    assert "5 other lines are hidden" in none


def test_the_log_search_counts_in_the_whole_log(ann: Browser, run: Callable[..., str]) -> None:
    page = ann.get(f"/executions/{run(WARN)}?tab=log&q=careful").text
    assert "1 matching line in the whole log" in page


def test_a_long_log_starts_with_its_end_and_leads_to_its_beginning(
    ann: Browser, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LINES", 2)
    page = ann.get(f"/executions/{run(WARN)}?tab=log").text
    assert "Run finished" in page
    assert "Run started" not in page
    assert "Show earlier lines" in page


def test_the_whole_log_is_a_file_that_no_browser_opens_as_a_page(
    ann: Browser, run: Callable[..., str]
) -> None:
    answer = ann.get(f"/executions/{run(NOTE)}/log")
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert EVIL in answer.text


def test_data_of_a_step_is_a_file(ann: Browser, run: Callable[..., str]) -> None:
    run_id = run(WARN, customer="Ann")
    assert ann.get(f"/executions/{run_id}/data/0").json == {"customer": "Ann"}
    assert ann.get(f"/executions/{run_id}/data/9").status_code == 404


def test_a_list_of_things_is_shown_as_a_table_and_too_much_is_begun(
    ann: Browser, run: Callable[..., str]
) -> None:
    table = ann.get(f"/executions/{run(WARN, rows=[{'a': 1}])}?tab=data").text
    assert "First" in table
    big = ann.get(f"/executions/{run(WARN, rows=list(range(5000)))}?tab=data").text
    assert "This is the beginning." in big


def test_the_short_address_leads_to_the_page(ann: Browser, run: Callable[..., str]) -> None:
    run_id = run(WARN)
    assert ann.get(f"/runs/{run_id}").location == f"/executions/{run_id}"


def test_a_page_without_scripts_reloads_itself_only_while_it_goes_on(
    ann: Browser, run: Callable[..., str], engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    going = engine.start(add_live_workflow(database, at, [WARN], owner_id=admin_id))
    assert 'http-equiv="refresh"' in ann.get(f"/executions/{going}").text
    assert 'http-equiv="refresh"' not in ann.get(f"/executions/{run(WARN)}").text


@pytest.mark.parametrize("path", [
    *(f"?tab={tab}" for tab in TABS), "/log", "/data/0", "/cancellation", "/retry",
])
def test_nobody_opens_the_run_of_somebody_else(
    signed_in: Callable[[str], Browser], run: Callable[..., str], path: str
) -> None:
    assert signed_in("editor").get(f"/executions/{run(WARN)}{path}").status_code == 404


def test_of_too_much_data_the_beginning_is_shown_and_all_of_it_is_a_file(
    ann: Browser, run: Callable[..., str]
) -> None:
    run_id = run(NOTE, text="x" * 400_000, rows=list(range(5_000)))
    page = ann.get(f"/executions/{run_id}?tab=data").text
    assert "This is the beginning." in page
    assert f'href="/executions/{run_id}/data/0" download>Download all 424 kB' in page
    assert len(page) < 400_000
    assert len(ann.get(f"/executions/{run_id}/data/0").json["rows"]) == 5_000


def test_data_nested_too_deeply_is_a_file_only(ann: Browser, run: Callable[..., str]) -> None:
    deep: object = "end"
    for _ in range(30):
        deep = [deep]
    page = ann.get(f"/executions/{run(NOTE, deep=deep)}?tab=data").text
    assert "nested too deeply" in page


@pytest.mark.parametrize("part", ["?tab=data", "?tab=steps", "/data/0", "/data/1"])
def test_what_a_telling_name_holds_is_hidden(ann: Browser, run: Callable[..., str], part: str) -> None:
    pick = {"key": "pick", "type": "pick_fields",
            "with": {"from": "{{ inputs.login }}", "fields": {"access_token": "token"}}}
    run_id = run(pick, login={"token": "canary-5071"})
    page = ann.get(f"/executions/{run_id}{part}")
    assert "canary-5071" not in page.text
    assert "••••" in page.text or "\\u2022" in page.text


def test_a_run_without_its_data_says_when_that_went(
    ann: Browser, run: Callable[..., str], database: Database, at: datetime
) -> None:
    run_id = run(REFUSED)
    with database.transaction() as uow:
        uow.execute(update(Execution).where(Execution.id == run_id).values(trimmed_at=at))
    page = ann.get(f"/executions/{run_id}").text
    assert "were removed" in page
    assert "Continue from" not in page
