"""What history takes, how long it is kept, and what another rule would free – before it is saved."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from engine import clock
from engine.db import Database
from engine.domain.workflows.retention import Keep
from engine.models import StoredDay, Workflow
from engine.queries.server import retention
from tests.support.stories import add_live_workflow
from tests.web.browser import Browser


@pytest.fixture
def workflow_id(database: Database, admin_id: str) -> str:
    """A workflow with 12,400 runs of 40 days ago, 20 of today and 3 failed ones."""
    at = clock.now()
    workflow_id = add_live_workflow(database, at, [], owner_id=admin_id)
    days = [(40, False, 12_400, 1_800_000_000), (0, False, 20, 3_000_000), (50, True, 3, 300_000)]
    with database.transaction() as uow:
        uow.execute(insert(StoredDay), [
            {"workflow_id": workflow_id, "day": (at - timedelta(days=ago)).date(), "failed": failed,
             "runs": runs, "full": runs, "bytes": size}
            for ago, failed, runs, size in days
        ])
    return workflow_id


def rule(database: Database) -> Keep:
    with database.reading() as connection:
        return retention.usual(connection)


def test_the_page_says_what_each_workflow_takes(ann: Browser, workflow_id: str) -> None:
    page = ann.get("/settings/storage").text
    assert "12,423 runs, about 1.8 GB" in page
    assert 'aria-label="Share of Report: 100 %"' in page


def test_workflows_of_the_same_name_are_told_apart(
    ann: Browser, workflow_id: str, database: Database, admin_id: str
) -> None:
    assert f'<span class="why">{workflow_id}</span>' not in ann.get("/settings/storage").text
    add_live_workflow(database, clock.now(), [], owner_id=admin_id)
    assert f'<span class="why">{workflow_id}</span>' in ann.get("/settings/storage").text


def test_the_rehearsal_says_what_saving_would_free_and_saves_nothing(
    ann: Browser, workflow_id: str, database: Database
) -> None:
    page = ann.post("/settings/storage", {"retention.days": "30", "then": "rehearse"}).text
    assert "Frees about 1.8 GB, deletes 12,400 runs" in page
    assert "keeps all failures." in page
    assert 'value="30"' in page
    assert rule(database) == Keep()


def test_the_rehearsal_follows_what_is_typed(ann: Browser, workflow_id: str) -> None:
    answer = ann.post("/settings/storage/rehearsal", {"retention.days": "60", "retention.runs": "500000"})
    assert "deletes" not in answer.text
    assert "Enter a whole number" in ann.post("/settings/storage/rehearsal", {"retention.days": "x"}).text


def test_the_rule_is_saved_and_empty_fields_are_as_usual(ann: Browser, database: Database) -> None:
    answer = ann.post("/settings/storage", {"retention.days": "7", "retention.megabytes": "2,000"})
    assert answer.status_code == 303
    assert rule(database) == Keep(days=7, megabytes=2_000)


@pytest.mark.parametrize(("name", "typed", "said"), [
    ("days", "0", "1"), ("days", "soon", "Enter a whole number, like 30"), ("planned_days", "30", "90"),
])
def test_what_can_not_be_a_rule_is_said_there(ann: Browser, name: str, typed: str, said: str) -> None:
    answer = ann.post("/settings/storage", {f"retention.{name}": typed, "retention.runs": "77"})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text
    assert 'value="77"' in answer.text


def test_only_administrators_change_the_rule_and_see_the_disk(signed_in: Callable[[str], Browser]) -> None:
    editor = signed_in("editor")
    page = editor.get("/settings/storage").text
    assert "An administrator can change this" in page
    assert "On the disk" not in page
    assert editor.post("/settings/storage", {"retention.days": "1"}).status_code == 403
    assert editor.post("/settings/storage/give-back", {}).status_code == 403


def test_nobody_sees_what_others_keep(signed_in: Callable[[str], Browser], workflow_id: str) -> None:
    assert "Report" not in signed_in("editor").get("/settings/storage").text


def test_a_workflow_has_a_rule_of_its_own(ann: Browser, workflow_id: str, database: Database) -> None:
    base = f"/workflows/{workflow_id}"
    tried = ann.post(f"{base}/retention", {"retention.failures_days": "10", "retention.days": "60",
                                           "retention.runs": "50000", "then": "rehearse"}).text
    assert "deletes 2 runs (2 of them failed)" in tried
    ann.post(f"{base}/retention", {"retention.days": "60"})
    with database.reading() as connection:
        assert connection.execute(select(Workflow.retention)).scalar_one() == {"days": 60}
    page = ann.get(f"{base}/settings").text
    assert 'name="retention.days"' in page
    assert 'value="60"' in page
    assert "own rule" in ann.get("/settings/storage").text


def test_a_rule_of_a_workflow_that_can_not_be_keeps_what_was_typed(ann: Browser, workflow_id: str) -> None:
    answer = ann.post(f"/workflows/{workflow_id}/retention", {"retention.days": "-3"})
    assert answer.status_code == 422
    assert 'value="-3"' in answer.text


def test_free_room_is_given_back_on_request(ann: Browser, database: Database, request: object) -> None:
    answer = ann.post("/settings/storage/give-back", {})
    if not database.is_sqlite:
        assert answer.status_code == 409
        return
    assert "Giving back since" in ann.get("/settings/storage").text
