"""Home: what needs somebody comes first, each trouble once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Leader, Process, ProducerSchedule
from engine.services.workflows import triggers
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser

FAIL = {"key": "stop", "name": "Check", "type": "stop", "with": {"as": "failed", "message": "<i>No rows</i>"}}

ASK = {"key": "ask", "name": "Ask", "type": "approve", "with": {"question": "Go on?"}}


@pytest.fixture
def all_runs(database: Database, at: datetime) -> None:
    """A leader and a worker are there."""
    with database.transaction() as uow:
        soon = at + timedelta(minutes=5)
        uow.execute(insert(Leader).values(name="scheduler", owner="x", term=1, expires_at=soon))
        uow.execute(insert(Process).values(id="x", kind="worker", started_at=at, seen_at=at))


def add_start(database: Database, workflow_id: str, by: str, at: datetime) -> str:
    schedule = parse_schedule({"interval": "2h"}, at=at, timezone="Europe/Berlin")
    with database.transaction() as uow:
        return triggers.add(uow, workflow_id, name="Every 2 hours", kind="schedule", by=by, at=at,
                            schedule=schedule)


def test_at_first_home_offers_to_make_a_workflow(ann: Browser, all_runs: None) -> None:
    page = ann.get("/").text
    assert "Nothing is automated yet." in page
    assert 'href="/workflows/new"' in page


def test_when_all_is_well_home_says_so(
    ann: Browser, all_runs: None, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    engine.run(add_live_workflow(database, at, [NOTE], owner_id=admin_id))
    page = ann.get("/").text
    assert "Nothing needs you." in page
    assert "went well today" in page


def test_many_failures_of_a_workflow_are_one_line(
    ann: Browser, all_runs: None, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [FAIL], name="Orders", owner_id=admin_id)
    runs = [engine.run(workflow_id).id for _ in range(3) if engine.clock.pass_time(seconds=1)]
    page = ann.get("/").text
    assert "Needs attention (1)" in page
    assert "failed 3 times" in page
    assert f'href="/executions/{runs[-1]}"' in page
    assert "&lt;i&gt;No rows&lt;/i&gt;" in page


def test_workflows_of_the_same_name_are_told_apart(
    ann: Browser, all_runs: None, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    alike = [add_live_workflow(database, at, [FAIL], name=name, owner_id=admin_id)
             for name in ("Orders", "orders")]
    engine.run(alike[0])
    other = add_live_workflow(database, at, [FAIL], name="Stock", owner_id=admin_id)
    page = ann.get("/").text
    assert page.count(f'<span class="why">{alike[0]}</span>') == 2
    assert page.count(f'<span class="why">{alike[1]}</span>') == 1
    assert f'<span class="why">{other}</span>' not in page


def test_a_failure_that_was_followed_by_a_success_is_over(
    ann: Browser, all_runs: None, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    step = {**FAIL, "with": {**FAIL["with"], "as": "{{ inputs.as }}"}}
    workflow_id = add_live_workflow(database, at, [step], owner_id=admin_id)
    engine.run(workflow_id, **{"as": "failed"})
    engine.clock.pass_time(seconds=1)
    assert engine.run(workflow_id, **{"as": "completed"}).status == "completed"
    assert "Nothing needs you." in ann.get("/").text


def test_a_start_that_can_not_go_on_is_named_with_its_cause(
    ann: Browser, all_runs: None, database: Database, admin_id: str, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [NOTE], name="Orders", owner_id=admin_id)
    add_start(database, workflow_id, admin_id, at)
    with database.transaction() as uow:
        uow.execute(update(ProducerSchedule).values(state="error", next_run_at=None, note="No such day."))
    page = ann.get("/").text
    assert "“Every 2 hours” will not start on its own. No such day." in page


def test_when_nobody_watches_the_time_home_says_that_first(
    ann: Browser, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    engine.run(add_live_workflow(database, at, [FAIL], name="Orders", owner_id=admin_id))
    page = ann.get("/").text
    assert page.index("Nobody watches what is due") < page.index("failed just now")


def test_what_is_due_within_a_day_is_listed(
    ann: Browser, all_runs: None, database: Database, admin_id: str, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [NOTE], name="Orders", owner_id=admin_id)
    add_start(database, workflow_id, admin_id, at)
    page = ann.get("/").text
    assert "Every 2 hours" in page
    assert "Nothing starts at a set time." not in page


def test_that_nothing_is_due_is_said_once(
    ann: Browser, all_runs: None, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    engine.run(add_live_workflow(database, at, [NOTE], owner_id=admin_id))
    page = ann.get("/").text
    due = page[page.index('id="home-due"'):page.index('id="home-workflows"')]
    assert "Nothing starts at a set time." in due
    assert "Nothing is due" not in due


def test_a_workflow_says_what_its_last_run_waits_for_as_the_page_of_the_run_does(
    ann: Browser, all_runs: None, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    run = engine.run(add_live_workflow(database, at, [ASK], owner_id=admin_id))
    home = ann.get("/").text
    assert "Waiting for you</span>" in home[home.index('id="home-workflows"'):]
    assert "Waiting for you</span>" in ann.get(f"/executions/{run.id}").text


def test_nobody_sees_the_troubles_of_others(
    signed_in: Callable[[str], Browser], all_runs: None, engine: Engine, database: Database, admin_id: str,
    at: datetime,
) -> None:
    engine.run(add_live_workflow(database, at, [FAIL], name="Secret", owner_id=admin_id))
    assert "Secret" not in signed_in("editor").get("/").text
