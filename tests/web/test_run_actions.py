"""Starting, stopping and repeating runs from the pages."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import update

from engine.db import Database
from engine.models import Execution
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser


@pytest.fixture
def workflow_id(database: Database, admin_id: str, at: datetime) -> str:
    return add_live_workflow(database, at, [NOTE], owner_id=admin_id)


def test_stopping_asks_first_and_then_stops(ann: Browser, engine: Engine, workflow_id: str) -> None:
    run = engine.start(workflow_id)
    question = ann.get(f"/executions/{run}/cancellation").text
    assert "Steps that already ran are not undone." in question
    assert engine.execution(run).status == "pending"
    answer = ann.post(f"/executions/{run}/cancellation")
    assert (answer.status_code, answer.location) == (303, f"/executions/{run}")
    assert (engine.execution(run).status, engine.execution(run).reason) == ("cancelled", "stopped_by:Ann")


def test_the_question_comes_as_a_dialog_to_htmx(ann: Browser, engine: Engine, workflow_id: str) -> None:
    run = engine.start(workflow_id)
    answer = ann.get(f"/executions/{run}/cancellation", headers={"HX-Request-Type": "partial"}).text
    assert 'id="dialog-title"' in answer
    assert "<html" not in answer


def test_what_has_ended_can_not_be_stopped(ann: Browser, engine: Engine, workflow_id: str) -> None:
    run = engine.run(workflow_id).id
    assert ann.post(f"/executions/{run}/cancellation").status_code == 409


def test_pressing_run_again_twice_makes_one_run(ann: Browser, engine: Engine, workflow_id: str) -> None:
    run = engine.run(workflow_id, customer="Ann").id
    question = ann.get(f"/executions/{run}/retry").text
    key = re.search(r'name="key" value="([^"]+)"', question)
    assert key
    answers = [ann.post(f"/executions/{run}/retry", {"key": key[1]}) for _ in range(2)]
    assert answers[0].location == answers[1].location
    fresh = engine.execution(answers[0].location.rsplit("/", 1)[1])
    assert (fresh.retry_of, fresh.input) == (run, {"customer": "Ann"})


def test_the_new_run_and_the_old_one_know_each_other(ann: Browser, engine: Engine, workflow_id: str) -> None:
    run = engine.run(workflow_id).id
    fresh = ann.post(f"/executions/{run}/retry").location
    assert f'href="{fresh}"' in ann.get(f"/executions/{run}").text
    assert f'href="/executions/{run}"' in ann.get(fresh).text


@pytest.mark.parametrize("action", ["cancellation", "retry"])
def test_nobody_acts_on_the_run_of_somebody_else(
    signed_in: Callable[[str], Browser], engine: Engine, workflow_id: str, action: str
) -> None:
    run = engine.start(workflow_id)
    assert signed_in("editor").post(f"/executions/{run}/{action}").status_code == 404
    assert engine.execution(run).status == "pending"


def test_a_run_that_waited_for_months_can_still_be_stopped(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    engine.clock.pass_time(days=-90)
    run = engine.start(workflow_id)
    engine.do(lambda uow: uow.execute(update(Execution).values(status="waiting", started_at=engine.clock.at)))
    engine.clock.pass_time(days=90)
    assert ann.post(f"/executions/{run}/cancellation").status_code == 303
    assert engine.execution(run).duration_ms > 2**31
