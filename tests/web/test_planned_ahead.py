"""What pages say is coming before a first Make live, and while a workflow is paused until a date."""

from datetime import datetime

import pytest

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.services.planning import blackouts
from engine.services.planning.blackouts import Terms
from engine.services.workflows import triggers, workflows
from tests.support.stories import NOTE
from tests.web.browser import Browser

MORNINGS = {"daily": {"times": ["09:00"]}, "timezone": "UTC"}


@pytest.fixture
def draft(database: Database, admin_id: str, at: datetime) -> str:
    with database.transaction() as uow:
        workflow_id = workflows.create(uow, owner_id=admin_id, name="Draft", steps=[NOTE], limits={}, at=at)
        triggers.add(uow, workflow_id, name="Mornings", kind="schedule", by=None, at=at,
                     schedule=parse_schedule(MORNINGS, at=at))
        return workflow_id


def close(database: Database, at: datetime, name: str, only: str | None = None) -> None:
    terms = Terms(name, datetime(2026, 3, 3), datetime(2026, 3, 5), "UTC",  # noqa: DTZ001
                  workflow_ids=[only] if only else None)
    with database.transaction() as uow:
        blackouts.add(uow, terms, by=None, at=at)


def test_what_a_blackout_leaves_out_is_not_among_the_next_runs_of_a_draft(
    ann: Browser, database: Database, draft: str, at: datetime
) -> None:
    assert "tomorrow, 10:00 am" in ann.get("/workflows/draft/live").text

    close(database, at, "Stock-take", only=draft)

    page = ann.get("/workflows/draft/live").text
    assert "tomorrow, 10:00 am" not in page
    assert "Thu 5 Mar, 10:00 am" in page
    assert "Nothing starts during Stock-take" in page


def test_a_blackout_of_other_workflows_says_nothing_here(
    ann: Browser, database: Database, draft: str, report: str, at: datetime
) -> None:
    close(database, at, "Stock-take", only=report)
    page = ann.get("/workflows/draft/live").text
    assert "tomorrow, 10:00 am" in page
    assert "Stock-take" not in page


def test_a_paused_workflow_shows_what_comes_after_its_pause(
    ann: Browser, database: Database, report: str, at: datetime
) -> None:
    with database.transaction() as uow:
        triggers.add(uow, report, name="Mornings", kind="schedule", by=None, at=at,
                     schedule=parse_schedule(MORNINGS, at=at))
        until = datetime.fromisoformat("2026-03-05T12:00Z")
        workflows.switch(uow, report, "paused", by=None, at=at, until=until)

    page = ann.get("/workflows/report").text

    assert "Paused until" in page
    assert "Fri 6 Mar, 10:00 am" in page
    assert "Thu 5 Mar, 10:00 am" not in page
    assert "Fri 6 Mar, 10:00 am" in ann.get("/workflows").text
    assert "Fri 6 Mar, 10:00 am" in ann.get("/workflows/report/starts").text
