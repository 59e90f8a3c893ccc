"""The schedule form: what people choose becomes a schedule, and what they typed is never lost."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine.db import Database
from engine.services.workflows import workflows
from tests.web.browser import Browser

STARTS = "/workflows/report/starts"
WEEKLY = {
    "kind": "weekly",
    "weekly.days": ["mon", "fri"],
    "weekly.times": ["09:00"],
    "timezone": "Europe/Berlin",
}
COMMON = {
    "timezone": "Europe/Berlin",
    "policies": {
        "missed": {"rule": "once", "within": "6h", "limit": 10, "pace": "1m"},
        "overlap": {"rule": "skip", "limit": 3},
        "too_late": None,
        "fail_pause": 5,
    },
}


@pytest.fixture
def report(database: Database, admin_id: str, at: datetime) -> str:
    """A draft: who adds a start to it goes on to its steps."""
    with database.transaction() as uow:
        return workflows.create(uow, owner_id=admin_id, name="Report", steps=[], limits={}, at=at)


@pytest.mark.parametrize(
    ("typed", "document"),
    [
        (
            {"kind": "daily", "daily.times": ["17:00", "", "09:00"]},
            {"daily": {"times": ["09:00", "17:00"], "every": 1}},
        ),
        (WEEKLY, {"weekly": {"days": ["mon", "fri"], "times": ["09:00"], "every": 1}}),
        (
            {
                "kind": "monthly",
                "monthly.mode": "days",
                "monthly.days": "1, 31",
                "monthly.times": ["08:00"],
                "monthly.short_month": "skip",
            },
            {"monthly": {"days": [1, 31], "short_month": "skip", "times": ["08:00"], "every": 1}},
        ),
        (
            {
                "kind": "monthly",
                "monthly.mode": "weekday",
                "monthly.nth": "last",
                "monthly.weekday": "fri",
                "monthly.times": ["15:00"],
            },
            {"monthly": {"weekday": "fri", "nth": "last", "times": ["15:00"], "every": 1}},
        ),
        (
            {
                "kind": "monthly",
                "monthly.mode": "working_day",
                "monthly.working_day": "1",
                "monthly.times": ["15:00"],
            },
            {"monthly": {"working_day": 1, "times": ["15:00"], "every": 1}},
        ),
        ({"kind": "once", "once.date": "2099-12-24", "once.time": "18:00"}, {"once": "2099-12-24T18:00"}),
        ({"kind": "cron", "cron": " 0 9 * * 1-5 "}, {"cron": "0 9 * * 1-5"}),
        (
            {"kind": "interval", "say": "every weekday at 9am"},
            {"weekly": {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["09:00"], "every": 1}},
        ),
    ],
)
def test_every_pattern_becomes_its_schedule(
    ann: Browser, documents: Callable, typed: dict[str, Any], document: dict[str, Any]
) -> None:
    answer = ann.post(f"{STARTS}/new", {"timezone": "Europe/Berlin", **typed})
    assert (answer.status_code, answer.location) == (303, "/workflows/report/steps")
    assert documents() == {"Schedule": {**document, **COMMON}}


@pytest.mark.parametrize(
    ("typed", "message", "field"),
    [
        ({}, "Choose how often this should run", "kind"),
        ({"kind": "interval", "interval.n": ""}, "Enter how many minutes, like 15", "interval-n"),
        (
            {"kind": "interval", "interval.n": "30", "interval.unit": "s"},
            "Enter 1 minute or more",
            "interval-n",
        ),
        ({"kind": "interval", "interval.n": "1000"}, "Enter 999 or less", "interval-n"),
        ({"kind": "weekly", "weekly.times": ["09:00"]}, "Choose at least one day", "weekly-days"),
        ({"kind": "daily", "daily.times": [""]}, "Enter a time, like 9:00", "daily-times"),
        (
            {"kind": "daily", "daily.times": ["09:00", "09:00"]},
            "9:00 am is already in the list",
            "daily-times",
        ),
        (
            {"kind": "monthly", "monthly.days": "32", "monthly.times": ["09:00"]},
            "Day must be between 1 and 31",
            "monthly-days",
        ),
        (
            {"kind": "once", "once.date": "2020-01-01", "once.time": "09:00"},
            "has already passed",
            "once-date",
        ),
        ({"kind": "cron", "cron": "0 25 * * *"}, "Yours says 25", "cron"),
        (
            {"kind": "daily", "daily.times": ["09:00"], "timezone": "Mars/Base"},
            "Choose a time zone",
            "timezone",
        ),
        ({"kind": "daily", "daily.times": ["09:00"], "end_after": "x"}, "Enter a number", "end_after"),
        ({"say": "every full moon"}, "We could not read", "say"),
    ],
)
def test_what_cannot_be_a_schedule_is_told_beside_its_field(
    ann: Browser, documents: Callable, typed: dict[str, Any], message: str, field: str
) -> None:
    answer = ann.post(f"{STARTS}/new", {"timezone": "Europe/Berlin", **typed})
    assert answer.status_code == 422
    assert message in answer.text
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}"' in answer.text
    assert documents() == {}


def test_how_late_how_many_and_how_long_a_line_may_be(ann: Browser, documents: Callable) -> None:
    missed = {"missed": "all", "missed.within": "2", "missed.limit": "4"}
    ann.post(f"{STARTS}/new", {**WEEKLY, **missed, "overlap": "queue", "overlap.limit": "7"})
    policies = documents()["Schedule"]["policies"]
    assert policies["missed"] == {"rule": "all", "within": "2h", "limit": 4, "pace": "1m"}
    assert policies["overlap"] == {"rule": "queue", "limit": 7}


@pytest.mark.parametrize("field", ["missed.within", "missed.limit", "overlap.limit"])
def test_a_limit_that_is_no_number_is_told_at_its_field(ann: Browser, report: str, field: str) -> None:
    answer = ann.post(f"{STARTS}/new", {**WEEKLY, field: "many"})
    assert answer.status_code == 422
    assert f'href="#f-{field.replace(".", "-")}"' in answer.text
