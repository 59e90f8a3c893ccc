"""The list of runs: what it shows, to whom, and how it is narrowed and paged."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from engine.db import Database
from engine.domain.ids import new_id
from engine.models import Trigger
from engine.services.planning import ledger
from engine.services.runs import executions
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser

FAIL = {"key": "stop", "name": "Check", "type": "stop", "with": {"as": "failed", "message": "<b>No rows</b>"}}


def shown(page: str) -> list[str]:
    return re.findall(r'<tr id="((?:run|due)-[^"]+)"', page)


def add_missed(database: Database, workflow_id: str, scheduled_at: datetime, at: datetime) -> str:
    trigger_id = new_id(at)
    with database.transaction() as uow:
        uow.execute(Trigger.__table__.insert().values(
            id=trigger_id, workflow_id=workflow_id, name="daily", kind="schedule", config={}, inputs={},
            enabled=True, created_at=at, updated_at=at,
        ))
        found = ledger.record(uow, trigger_id, workflow_id, scheduled_at, at, outcome="missed",
                              reason="skip_missed")
    assert found
    return found


def test_an_empty_list_says_what_to_do(ann: Browser) -> None:
    page = ann.get("/monitoring").text
    assert "No runs yet." in page


def test_a_failed_run_says_why_in_its_row(
    ann: Browser, admin_id: str, engine: Engine, database: Database
) -> None:
    engine.run(add_live_workflow(database, engine.clock.at, [FAIL], owner_id=admin_id))
    page = ann.get("/monitoring").text
    assert "&lt;b&gt;No rows&lt;/b&gt;" in page
    assert "<b>No rows" not in page


def test_a_due_time_without_a_run_stands_between_the_runs_with_its_reason(
    ann: Browser, admin_id: str, engine: Engine, database: Database, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [NOTE], owner_id=admin_id)
    first = engine.start(workflow_id)
    missed = add_missed(database, workflow_id, at + timedelta(minutes=1), at)
    engine.clock.pass_time(minutes=2)
    last = engine.start(workflow_id)
    page = ann.get("/monitoring").text
    assert shown(page) == [f"run-{last}", f"due-{missed}", f"run-{first}"]
    assert "The app was off, and this start does not make up for missed times" in page


def test_older_runs_follow_without_a_gap_or_a_double(
    ann: Browser, admin_id: str, engine: Engine, database: Database, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [NOTE], owner_id=admin_id)
    runs = [engine.start(workflow_id) for _ in range(60)]
    first = ann.get("/monitoring").text
    address = re.search(r'href="(/monitoring\?after=[^"]+)"', first)
    assert address
    older = ann.get(address[1].replace("&amp;", "&")).text
    assert sorted(shown(first) + shown(older)) == sorted(f"run-{run}" for run in runs)
    assert "Show older runs" not in older


def test_more_rows_are_answered_to_htmx_without_the_page_around_them(
    ann: Browser, admin_id: str, engine: Engine, database: Database, at: datetime
) -> None:
    run = engine.start(add_live_workflow(database, at, [NOTE], owner_id=admin_id))
    answer = ann.get(f"/monitoring?after={at.replace(year=2027).isoformat().replace('+', '%2B')},x",
                     headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
    assert shown(answer) == [f"run-{run}"]
    assert "<html" not in answer


@pytest.mark.parametrize(("query", "expected"), [
    ("status=failed", ["bad"]), ("status=completed", ["good"]), ("q=rows", ["bad"]), ("q=Fine", ["good"]),
    ("by=schedule", []), ("by=manual", ["bad", "good"]), ("status=skipped", []),
])
def test_the_list_is_narrowed(
    ann: Browser, admin_id: str, engine: Engine, database: Database, at: datetime, query: str,
    expected: list[str],
) -> None:
    runs = {
        "good": engine.run(add_live_workflow(database, at, [NOTE], name="Fine", owner_id=admin_id)).id,
        "bad": engine.run(add_live_workflow(database, at, [FAIL], name="Broken", owner_id=admin_id)).id,
    }
    page = ann.get(f"/monitoring?{query}").text
    assert sorted(shown(page)) == sorted(f"run-{runs[name]}" for name in expected)
    assert 'id="run-list"' not in page


@pytest.mark.parametrize("query", ["status=nonsense", "after=yesterday,x", "after=0001-01-01,x"])
def test_an_address_made_up_by_hand_is_refused_in_words(ann: Browser, query: str) -> None:
    assert ann.get(f"/monitoring?{query}").status_code == 422


def test_nobody_sees_the_runs_of_others(
    signed_in: Callable[[str], Browser], admin_id: str, engine: Engine, database: Database, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [NOTE], name="Secret", owner_id=admin_id)
    engine.start(workflow_id)
    add_missed(database, workflow_id, at, at)
    page = signed_in("editor").get("/monitoring").text
    assert shown(page) == []
    assert "Secret" not in page


def test_a_viewer_is_offered_nothing_to_do(
    signed_in: Callable[[str], Browser], engine: Engine, database: Database, at: datetime
) -> None:
    browser = signed_in("viewer")
    with database.reading() as connection:
        viewer = connection.exec_driver_sql("SELECT id FROM users WHERE role = 'viewer'").scalar_one()
    run = engine.start(add_live_workflow(database, at, [NOTE], owner_id=viewer))
    page = browser.get("/monitoring").text
    assert shown(page) == [f"run-{run}"]
    assert "/cancellation" not in page


def test_a_stopped_run_says_who_stopped_it(
    ann: Browser, admin_id: str, engine: Engine, database: Database, at: datetime
) -> None:
    run = engine.start(add_live_workflow(database, at, [NOTE], owner_id=admin_id))
    engine.do(lambda uow: executions.cancel(uow, run, by="Bob", at=at))
    assert "by Bob" in ann.get("/monitoring").text
