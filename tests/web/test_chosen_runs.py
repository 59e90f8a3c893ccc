"""Stopping and repeating many runs together."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from blueprints.shared.formats import moment_words
from engine.models import AuditEntry, Execution
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser
from tests.web.fields import fields_of


@pytest.fixture
def workflow_id(engine: Engine, admin_id: str) -> str:
    return add_live_workflow(engine.database, engine.clock.at, [NOTE], owner_id=admin_id, name="Report")


def statuses(engine: Engine, ids: list[str]) -> list[str]:
    return [engine.execution(execution_id).status for execution_id in ids]


def ask(browser: Browser, action: str, ids: list[str]) -> str:
    return browser.get("/executions/chosen", query_string={"do": action, "run": ids}).text


def test_the_rows_of_the_list_can_be_ticked(ann: Browser, engine: Engine, workflow_id: str) -> None:
    run = engine.start(workflow_id)
    page = ann.get("/monitoring").text
    assert f'form="chosen" name="run" value="{run}"' in page
    assert 'form="chosen"' not in ann.get(f"/workflows/{workflow_id}").text


def test_ticked_runs_are_stopped_after_a_question(ann: Browser, engine: Engine, workflow_id: str) -> None:
    ids = [engine.start(workflow_id) for _ in range(3)]
    question = ask(ann, "stop", ids[:2])
    assert "Stop 2 runs?" in question
    assert statuses(engine, ids) == ["pending"] * 3
    answer = ann.post("/executions/chosen", fields_of(question), follow_redirects=True)
    assert "2 runs are stopped." in answer.text
    assert statuses(engine, ids) == ["cancelled", "cancelled", "pending"]


def test_a_question_about_many_names_ten(ann: Browser, engine: Engine, workflow_id: str) -> None:
    question = ask(ann, "stop", [engine.start(workflow_id) for _ in range(12)])
    assert (question.count(">Report</a>"), "and 2 more" in question) == (10, True)


def test_runs_of_one_workflow_are_told_apart_by_when_they_began(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    first = engine.run(workflow_id)
    engine.clock.pass_time(seconds=7)
    second = engine.run(workflow_id)
    question = ask(ann, "again", [first.id, second.id])
    for run in (first, second):
        assert moment_words(run.started_at, "Europe/Berlin", engine.clock.at, seconds=True) in question


def test_runs_that_have_ended_are_left_out_and_that_is_said(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    ended, going = engine.run(workflow_id).id, engine.start(workflow_id)
    question = ask(ann, "stop", [ended, going])
    assert "Stop 1 run?" in question
    assert "1 of the ticked has ended already and stays as it is." in question


def test_what_ends_between_question_and_answer_is_told(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    ids = [engine.start(workflow_id) for _ in range(2)]
    form = fields_of(ask(ann, "stop", ids))
    engine.advance(ids[0])
    answer = ann.post("/executions/chosen", form, follow_redirects=True).text
    assert "1 run is stopped. 1 run could not be: This run has already ended." in answer


def test_ticked_runs_start_again_once_however_often_the_button_is_pressed(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    ids = [engine.run(workflow_id).id for _ in range(2)]
    form = fields_of(ask(ann, "again", ids))
    for _ in range(2):
        ann.post("/executions/chosen", form)
    with engine.database.reading() as connection:
        again = connection.execute(select(Execution.retry_of).where(Execution.retry_of.in_(ids))).scalars()
        assert sorted(again) == sorted(ids)


def test_all_that_wait_to_start_are_stopped_with_one_press(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    ids = [engine.start(workflow_id) for _ in range(450)]
    other = engine.start(add_live_workflow(engine.database, engine.clock.at, [NOTE], name="Other"))
    page = ann.get(f"/monitoring?workflow={workflow_id}").text
    assert "Stop all 450 that wait to start" in page
    question = ann.get(f"/executions/chosen?do=stop&workflow={workflow_id}").text
    assert "Stop 450 runs?" in question
    ann.post("/executions/chosen", fields_of(question))
    assert set(statuses(engine, ids)) == {"cancelled"}
    assert engine.execution(other).status == "pending"


def test_it_is_on_record_who_stopped_them(
    ann: Browser, engine: Engine, workflow_id: str, admin_id: str
) -> None:
    ids = [engine.start(workflow_id) for _ in range(2)]
    ann.post("/executions/chosen", {"do": "stop", "run": ids})
    with engine.database.reading() as connection:
        entry = connection.execute(
            select(AuditEntry.user_id, AuditEntry.details)
            .where(AuditEntry.action == "execution.stopped_many")
        ).one()
    assert (entry.user_id, sorted(entry.details["runs"])) == (admin_id, sorted(ids))


def test_nothing_ticked_says_what_to_do(ann: Browser) -> None:
    answer = ann.get("/executions/chosen?do=stop", follow_redirects=True)
    assert "Tick the runs first." in answer.text


def test_runs_of_others_are_not_touched(
    engine: Engine, workflow_id: str, signed_in: Callable[[str], Browser]
) -> None:
    run = engine.start(workflow_id)
    signed_in("operator").post("/executions/chosen", {"do": "stop", "run": [run]})
    assert statuses(engine, [run]) == ["pending"]


def test_who_may_only_look_has_no_boxes(signed_in: Callable[[str], Browser]) -> None:
    viewer = signed_in("viewer")
    assert 'id="chosen"' not in viewer.get("/monitoring").text
    assert viewer.get("/executions/chosen?do=stop").status_code == 403
