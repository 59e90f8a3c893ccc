"""Taking a failed run off Home, one or many, and putting it back."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import delete, func, select, update

from engine.db import Database
from engine.models import AuditEntry, Execution, IgnoredRun
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser
from tests.web.fields import fields_of

FAIL = {"key": "stop", "name": "Check", "type": "stop", "with": {"as": "failed", "message": "No rows"}}


@pytest.fixture
def workflow_id(database: Database, admin_id: str, at: datetime) -> str:
    return add_live_workflow(database, at, [FAIL], owner_id=admin_id)


def fail(engine: Engine, workflow_id: str) -> str:
    engine.clock.pass_time(seconds=1)
    return engine.run(workflow_id).id


def needs(browser: Browser) -> str:
    """What Home says needs attention."""
    page = browser.get("/").text
    return page[page.index('id="home-needs"'):page.index('id="home-running"')]


def test_an_ignored_run_is_not_on_home_and_the_next_failure_is(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    failed = fail(engine, workflow_id)
    assert f"/executions/{failed}/ignore?next=/" in needs(ann)
    question = ann.get(f"/executions/{failed}/ignore?next=/").text
    assert "Ignore this run?" in question
    answer = ann.post(f"/executions/{failed}/ignore", fields_of(question))
    assert (answer.status_code, answer.location) == (303, "/")
    assert "No rows" not in needs(ann)
    again = fail(engine, workflow_id)
    assert f"/executions/{again}" in needs(ann)
    assert "failed 2 times" not in needs(ann)


def test_with_the_newest_failure_those_before_it_go_too(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    runs = [fail(engine, workflow_id) for _ in range(3)]
    assert "failed 3 times" in needs(ann)
    ann.post(f"/executions/{runs[0]}/ignore")
    assert "failed 2 times" in needs(ann)
    ann.post(f"/executions/{runs[2]}/ignore")
    assert "No rows" not in needs(ann)


def test_the_page_of_the_run_says_who_ignored_it_and_takes_it_back(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    failed = fail(engine, workflow_id)
    ann.post(f"/executions/{failed}/ignore")
    page = ann.get(f"/executions/{failed}").text
    assert "Ann ignored it today" in page
    question = ann.get(f"/executions/{failed}/ignore").text
    assert "Show this on Home again?" in question
    ann.post(f"/executions/{failed}/ignore/undo", fields_of(question))
    assert "No rows" in needs(ann)
    assert "ignored it" not in ann.get(f"/executions/{failed}").text


def test_ignoring_and_taking_back_are_on_record_once(
    ann: Browser, engine: Engine, workflow_id: str, admin_id: str
) -> None:
    failed = fail(engine, workflow_id)
    for path in ("ignore", "ignore", "ignore/undo", "ignore/undo"):
        assert ann.post(f"/executions/{failed}/{path}").status_code == 303
    with engine.database.reading() as connection:
        entries = connection.execute(
            select(AuditEntry.action, AuditEntry.user_id).where(AuditEntry.object_id == failed)
        ).all()
    assert [tuple(entry) for entry in entries] == [
        ("execution.ignored", admin_id), ("execution.not_ignored", admin_id)]


def test_a_run_that_looks_unusual_can_be_ignored_and_one_that_went_well_not(
    ann: Browser, engine: Engine, database: Database, admin_id: str, at: datetime
) -> None:
    good = engine.run(add_live_workflow(database, at, [NOTE], owner_id=admin_id)).id
    assert ann.post(f"/executions/{good}/ignore").status_code == 409
    engine.do(lambda uow: uow.execute(update(Execution).values(unusual=True)))
    assert "looks unusual" in needs(ann)
    ann.post(f"/executions/{good}/ignore")
    assert "looks unusual" not in needs(ann)


def test_ticked_runs_are_ignored_together(
    ann: Browser, engine: Engine, database: Database, workflow_id: str, admin_id: str, at: datetime
) -> None:
    failed = fail(engine, workflow_id)
    good = engine.run(add_live_workflow(database, at, [NOTE], owner_id=admin_id)).id
    assert 'value="ignore">Ignore</button>' in ann.get("/monitoring").text
    question = ann.get("/executions/chosen", query_string={"do": "ignore", "run": [failed, good]}).text
    assert "Ignore 1 run?" in question
    assert "1 of the ticked did not fail and is left alone." in question
    answer = ann.post("/executions/chosen", fields_of(question), follow_redirects=True).text
    assert "1 run is ignored." in answer
    assert "No rows" not in needs(ann)


def test_only_who_may_run_it_ignores_and_only_their_own(
    signed_in: Callable[[str], Browser], engine: Engine, workflow_id: str
) -> None:
    failed = fail(engine, workflow_id)
    operator = signed_in("operator")
    assert operator.get(f"/executions/{failed}/ignore").status_code == 404
    assert operator.post(f"/executions/{failed}/ignore").status_code == 404
    assert signed_in("viewer").get(f"/executions/{failed}/ignore").status_code == 403


def test_nothing_is_left_of_it_when_the_run_is_removed(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    failed = fail(engine, workflow_id)
    ann.post(f"/executions/{failed}/ignore")
    engine.do(lambda uow: uow.execute(delete(Execution).where(Execution.id == failed)))
    with engine.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(IgnoredRun)).scalar_one() == 0
