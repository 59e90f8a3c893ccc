"""From New workflow to live, and everything its pages let a person do afterwards."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.models import ProducerSchedule
from engine.services.workflows import workflows
from tests.support.stories import NOTE
from tests.web.browser import Browser
from tests.web.fields import fields_of

PAGE = "/workflows/report"


def test_a_workflow_is_made_by_form_and_nothing_is_lost_between(
    ann: Browser, database: Database, row: Callable
) -> None:
    answer = ann.post("/workflows/new", {"name": "Morning  report "})
    assert (answer.status_code, answer.location) == (303, "/workflows/morning-report/starts/new")
    assert (row().name, row().state) == ("Morning report", "draft")
    page = ann.get(answer.location)
    answer = ann.post(answer.location, fields_of(page.text))
    assert answer.location == "/workflows/morning-report/steps"
    ann.post(
        "/workflows/morning-report/steps/add", {"type": "write_log", "rev": "0", "with.message": "hello"}
    )
    review = ann.get("/workflows/morning-report/live").text
    assert "Every weekday (Mon–Fri) at 9:00 am, Berlin time." in review
    assert "Everything is filled in." in review
    assert review.count("<li><span><time") == 5
    answer = ann.post("/workflows/morning-report/live", fields_of(review), follow_redirects=True)
    assert "Morning report is live and on." in answer.text
    assert "The first run starts in" in answer.text
    assert row().state == "on"
    with database.reading() as connection:
        due = (
            connection.execute(select(ProducerSchedule.producer_name).order_by("next_run_at")).scalars().all()
        )
    assert due == ["First run", "Schedule"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_name_is_needed_and_what_was_typed_stays(ann: Browser, name: str) -> None:
    answer = ann.post("/workflows/new", {"name": name})
    assert answer.status_code == 422
    assert 'href="#f-name"' in answer.text
    assert f'value="{name}"' in answer.text


def test_a_draft_with_blanks_cannot_be_made_live_and_says_where(ann: Browser, row: Callable) -> None:
    ann.post("/workflows/new", {"name": "Report"})
    assert "Add at least one step" in ann.get(f"{PAGE}/live").text
    assert ann.post(f"{PAGE}/live", {"rev": "0"}).status_code == 422
    assert row().state == "draft"


def test_nothing_goes_live_that_was_not_seen(ann: Browser, report: str, row: Callable) -> None:
    live = row().live_version_id
    ann.post(f"{PAGE}/steps/note", {"rev": "0", "with.message": "other"})
    answer = ann.post(f"{PAGE}/live", {"rev": "0"}, follow_redirects=True)
    assert "Look them over again" in answer.text
    assert row().live_version_id == live


def test_the_page_says_what_is_not_live_and_making_it_live_ends_that(ann: Browser, report: str) -> None:
    ann.post(f"{PAGE}/steps/note", {"rev": "0", "name": "Note", "with.message": "other"})
    assert "You have 1 change that is not live." in ann.get(PAGE).text
    review = ann.get(f"{PAGE}/live").text
    assert "<del>hello</del> → <ins>other</ins>" in review
    answer = ann.post(f"{PAGE}/live", {**fields_of(review), "note": "Better words"}, follow_redirects=True)
    assert "Version 2 is live." in answer.text
    assert "not live" not in ann.get(PAGE).text
    assert "Better words" in ann.get(f"{PAGE}/versions").text


def test_an_old_version_comes_back_as_a_draft_only(ann: Browser, report: str, row: Callable) -> None:
    ann.post(f"{PAGE}/steps/note", {"rev": "0", "with.message": "other"})
    ann.post(f"{PAGE}/live", {"rev": "1"})
    live = row().live_version_id
    assert "Your draft would change like this" in ann.get(f"{PAGE}/versions/1").text
    ann.post(f"{PAGE}/versions/1/restore")
    assert row().draft == [NOTE]
    assert row().live_version_id == live
    assert ann.get(f"{PAGE}/versions/9").status_code == 404


def test_the_list_pages_by_key_filters_and_searches(
    ann: Browser, database: Database, admin_id: str, at: datetime
) -> None:
    with database.transaction() as uow:
        for number in range(30):
            workflows.create(uow, owner_id=admin_id, name=f"W {number:02}", steps=[], limits={}, at=at)
    first = ann.get("/workflows").text
    assert "W 24" in first
    assert "W 25" not in first
    second = ann.get("/workflows?after=w-24").text
    assert "W 29" in second
    assert "W 24" not in second
    assert "No workflow matches “invoce”." in ann.get("/workflows?q=invoce").text
    assert "No workflow here is in this state." in ann.get("/workflows?state=on").text


def test_names_and_notes_are_shown_as_text(ann: Browser, database: Database, report: str) -> None:
    evil = "<img src=x onerror=alert(1)>"
    shown = fields_of(ann.get(f"{PAGE}/settings").text)
    ann.post(f"{PAGE}/settings", {**shown, "name": evil, "notes": evil})
    for path in ("/workflows", PAGE, f"{PAGE}/settings", f"{PAGE}/delete", f"{PAGE}/steps"):
        assert "<img" not in ann.get(path).text
