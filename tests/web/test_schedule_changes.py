"""Before a changed schedule is saved, its page says what saving does to the coming times."""

from collections.abc import Callable
from datetime import datetime

import pytest

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.services.workflows import triggers, workflows
from tests.web.browser import Browser
from tests.web.fields import fields_of

STARTS = "/workflows/report/starts"
WEEKDAYS = {"weekly": {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["09:00"]}, "timezone": "UTC"}


@pytest.fixture
def start(database: Database, admin_id: str, at: datetime) -> str:
    """The schedule of Ann's workflow Report."""
    with database.transaction() as uow:
        workflow_id = workflows.create(uow, owner_id=admin_id, name="Report", steps=[], limits={}, at=at)
        return triggers.add(uow, workflow_id, name="Weekdays", kind="schedule", by=None, at=at,
                            schedule=parse_schedule(WEEKDAYS, at=at))


def test_the_preview_of_a_changed_schedule_counts_what_saving_changes(ann: Browser, start: str) -> None:
    form = fields_of(ann.get(f"{STARTS}/{start}/schedule").text)
    page = ann.post("/schedules/preview", {**form, "weekly.days": [*form["weekly.days"], "sat"]}).text

    assert "What saving changes" in page
    assert "times are added" in page
    assert "Saving starts nothing now." in page


def test_without_javascript_the_page_itself_says_it(ann: Browser, start: str) -> None:
    path = f"{STARTS}/{start}/schedule"
    page = ann.post(path, {**fields_of(ann.get(path).text), "weekly.times": "10:00", "show": "1"}).text

    assert "taken away and none stays" in page


def test_counting_every_second_week_goes_on_from_the_week_it_began(
    ann: Browser, start: str, database: Database, at: datetime
) -> None:
    weekly = {"days": ["mon"], "times": ["09:00"], "every": 2}
    rule = parse_schedule({"weekly": weekly, "timezone": "UTC"}, at=at)
    with database.transaction() as uow:
        triggers.edit(uow, start, by=None, at=at, schedule=rule)

    page = ann.post("/schedules/preview", fields_of(ann.get(f"{STARTS}/{start}/schedule").text)).text

    assert "stay as they are" in page


def test_a_schedule_being_added_is_compared_with_nothing(ann: Browser, start: str) -> None:
    page = ann.post("/schedules/preview", fields_of(ann.get(f"{STARTS}/new").text)).text

    assert "What this means" in page
    assert "What saving changes" not in page


def test_nobody_learns_of_anothers_schedule(
    signed_in: Callable[[str], Browser], ann: Browser, start: str
) -> None:
    form = fields_of(ann.get(f"{STARTS}/{start}/schedule").text)

    assert "What saving changes" not in signed_in("editor").post("/schedules/preview", form).text


def test_a_start_that_is_gone_or_never_was_leaves_the_meaning(ann: Browser, start: str) -> None:
    form = fields_of(ann.get(f"{STARTS}/{start}/schedule").text)

    for forged in ("0198-gone", "a\0b"):
        page = ann.post("/schedules/preview", {**form, "start": forged}).text
        assert "What this means" in page
        assert "What saving changes" not in page
