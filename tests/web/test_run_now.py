"""Starting a run by hand."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from engine.db import Database
from engine.services.workflows import triggers
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser

USUAL = {"month": "2026-11", "limit": 20, "dry run": True, "people": ["Ann"]}


@pytest.fixture
def runs(database: Database, admin_id: str, at: datetime) -> str:
    """The address of the runs of a workflow that is usually started with `USUAL`."""
    workflow_id = add_live_workflow(database, at, [NOTE], owner_id=admin_id)
    with database.transaction() as uow:
        triggers.add(uow, workflow_id, name="press", kind="manual", by=admin_id, at=at, inputs=USUAL)
    return f"/workflows/{workflow_id}/runs"


def started(answer_location: str, engine: Engine) -> dict[str, object]:
    return engine.execution(answer_location.rsplit("/", 1)[1]).input


def test_run_now_starts_with_the_usual_data(ann: Browser, runs: str, engine: Engine) -> None:
    answer = ann.post(runs)
    assert answer.status_code == 303
    assert started(answer.location, engine) == USUAL


def test_other_data_keeps_its_kinds(ann: Browser, runs: str, engine: Engine) -> None:
    page = ann.get(f"{runs}/new").text
    assert 'name="inputs.month"' in page
    answer = ann.post(runs, {"inputs.month": "2026-12", "inputs.limit": "2.5", "inputs.dry run": "no",
                             "inputs.people": '["Bob"]'})
    assert started(answer.location, engine) == {
        "month": "2026-12", "limit": 2.5, "dry run": False, "people": ["Bob"],
    }


def test_what_does_not_fit_is_said_and_kept(ann: Browser, runs: str) -> None:
    answer = ann.post(runs, {"inputs.limit": "inf", "inputs.people": "Bob, NaN", "inputs.dry run": "maybe"})
    assert answer.status_code == 422
    assert "Enter a number, like 20 or 12.5" in answer.text
    assert "Bob, NaN" in answer.text


def test_pressing_twice_starts_one_run(ann: Browser, runs: str) -> None:
    """Fault 40: a double-click on Run."""
    key = re.search(r'name="key" value="([^"]+)"', ann.get(f"{runs}/new").text)
    assert key
    assert ann.post(runs, {"key": key[1]}).location == ann.post(runs, {"key": key[1]}).location


def test_nobody_starts_what_is_not_theirs_or_without_the_role(
    signed_in: Callable[[str], Browser], runs: str
) -> None:
    assert signed_in("editor").post(runs).status_code == 404
    assert signed_in("viewer").post(runs).status_code == 403


def test_the_button_on_the_page_of_a_workflow_starts_one_run_however_often_it_is_pressed(
    ann: Browser, admin_id: str, database: Database, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [NOTE], owner_id=admin_id)
    page = ann.get(f"/workflows/{workflow_id}").text
    form = re.search(r'action="(/workflows/[^"]+/runs)".*?name="key" value="([^"]+)"', page, re.S)
    assert form
    first, second = (ann.post(form[1], {"key": form[2]}).location for _ in range(2))
    assert first == second
