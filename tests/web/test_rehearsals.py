"""The page that plays a schedule through before it happens."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from engine.db import Database
from engine.domain.workflows.definitions import parse_document
from engine.models import Execution
from engine.queries.workflows.workflows import triggers
from engine.services.runs import executions
from engine.services.workflows import documents
from engine.steps import registry
from tests.web.browser import Browser

DOCUMENT = {
    "name": "Report", "steps": [{"key": "note", "type": "write_log", "with": {"message": "hello"}}],
    "starts": [{"name": "often", "kind": "schedule", "schedule": {"interval": "10m", "timezone": "UTC"}}],
}


@pytest.fixture
def start(database: Database, admin_id: str, at: datetime) -> Any:
    """The one schedule of Ann's workflow Report."""
    with database.transaction() as uow:
        document = parse_document(DOCUMENT, registry(), at=at)
        workflow_id = documents.create(uow, document, owner_id=admin_id, at=at)
        return triggers(uow.connection, workflow_id)[0]


@pytest.fixture
def path(start: Any) -> str:
    return f"/workflows/report/starts/{start.id}/rehearse"


def test_before_the_first_run_it_asks_how_long_one_takes(ann: Browser, path: str) -> None:
    page = ann.get(path).text

    assert "No run has ended yet." in page
    assert "What each rule would do" not in page


def test_what_was_typed_is_played_under_every_rule(ann: Browser, path: str) -> None:
    page = ann.get(f"{path}?durations=14m&days=7").text

    assert "1,008 planned times" in page
    assert "As it is set now – skip the new one: 504 of 1,008 are skipped." in page
    for rule in ("Wait in line", "Run both at the same time", "Stop the old one and start the new one"):
        assert f'aria-label="{rule}: ' in page


def test_without_typing_the_last_runs_are_played(
    ann: Browser, path: str, start: Any, database: Database, admin_id: str, at: datetime
) -> None:
    with database.transaction() as uow:
        for minutes in (4, 12):
            run_id = executions.start(uow, start.workflow_id, started_by="manual", user_id=admin_id, at=at)
            ended = {"status": "completed", "duration_ms": minutes * 60_000}
            uow.execute(update(Execution).where(Execution.id == run_id).values(**ended))

    page = ann.get(path).text

    assert "Leave empty to take the last 2 runs" in page
    assert "Played with runs from 4 min to 12 min" in page


@pytest.mark.parametrize("typed", ["soon", "5", "14m, x", ", ".join(["1m"] * 101)])
def test_what_is_no_length_is_told_beside_the_field_and_kept(ann: Browser, path: str, typed: str) -> None:
    page = ann.get(path, query_string={"durations": typed}).text

    assert 'href="#f-durations"' in page
    assert f'value="{typed}"' in page


def test_an_unknown_span_is_the_usual_month(ann: Browser, path: str) -> None:
    assert "4,320 planned times" in ann.get(f"{path}?durations=1m&days=100000").text


def test_only_those_who_may_see_the_workflow_can_rehearse_it(
    signed_in: Callable[[str], Browser], stranger: Browser, ann: Browser, path: str
) -> None:
    assert signed_in("editor").get(path).status_code == 404
    assert stranger.get(path).status_code in (302, 303)
    assert ann.get(path.replace("report", "nothing")).status_code == 404


def test_the_schedule_form_leads_to_it(ann: Browser, path: str) -> None:
    assert f'href="{path}"' in ann.get(path.replace("rehearse", "schedule")).text
