"""The schedule form where a clock change matters: what it offers, keeps, and tells readers elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.models import Trigger
from tests.web.browser import Browser
from tests.web.fields import fields_of

STARTS = "/workflows/report/starts"
NIGHTLY = {"kind": "daily", "daily.times": "02:30", "timezone": "Europe/Berlin"}
MISSING = "On Sun 29 March, 2:30 am does not exist"


@pytest.fixture
def documents(database: Database, report: str) -> Callable[[], list[dict[str, Any]]]:
    def read() -> list[dict[str, Any]]:
        with database.reading() as connection:
            return [row.config["schedule"] for row in connection.execute(select(Trigger.config))]

    return read


def test_the_clock_change_is_asked_about_only_when_the_rule_touches_one(ann: Browser, report: str) -> None:
    assert MISSING in ann.post("/schedules/preview", NIGHTLY).text
    assert "does not exist" not in ann.post("/schedules/preview", {**NIGHTLY, "daily.times": "09:00"}).text


def test_without_javascript_the_choice_comes_with_the_next_runs(ann: Browser, documents: Callable) -> None:
    page = ann.post(f"{STARTS}/new", {**NIGHTLY, "show": "1"}).text
    assert MISSING in page

    ann.post(f"{STARTS}/new", {**fields_of(page), "clock.forward": "skip", "clock.back": "both"})

    assert documents()[0]["clock_change"] == {"forward": "skip", "back": "both"}


def test_the_preview_follows_the_choice(ann: Browser, report: str) -> None:
    page = ann.post("/schedules/preview", {**NIGHTLY, "clock.forward": "skip"}).text
    assert "so this does not run then." in page
    assert "then.." not in page


def test_the_choice_stays_while_the_form_is_changed_to_a_time_it_does_not_matter_for(
    ann: Browser, report: str
) -> None:
    by_day = {**NIGHTLY, "daily.times": "09:00", "clock.forward": "skip"}
    assert fields_of(ann.post(f"{STARTS}/new", {**by_day, "show": "1"}).text)["clock.forward"] == "skip"


def test_a_choice_nobody_offered_is_refused(ann: Browser, documents: Callable) -> None:
    assert ann.post(f"{STARTS}/new", {**NIGHTLY, "clock.forward": "twice"}).status_code == 422
    assert documents() == []


def test_a_reader_in_another_zone_is_told_when_both_move(ann: Browser, report: str) -> None:
    abroad = {**NIGHTLY, "daily.times": "09:00", "timezone": "America/New_York"}
    page = ann.post("/schedules/preview", abroad).text
    assert "From 8 to 29 March, Berlin and New York are one hour closer than usual" in page
