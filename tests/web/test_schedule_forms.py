"""The schedule form: what people choose becomes a schedule, and what they typed is never lost."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.domain.schedules import parse_schedule
from engine.models import Trigger
from engine.services import triggers, workflows
from tests.web.browser import Browser
from tests.web.fields import fields_of

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
    with database.transaction() as uow:
        return workflows.create(uow, owner_id=admin_id, name="Report", steps=[], limits={}, at=at)


@pytest.fixture
def documents(database: Database, report: str) -> Callable[[], dict[str, Any]]:
    """The schedule documents of Report's starts by name."""

    def read() -> dict[str, Any]:
        kept = select(Trigger.name, Trigger.config).where(Trigger.removed_at.is_(None))
        with database.reading() as connection:
            return {row.name: row.config["schedule"] for row in connection.execute(kept)}

    return read


def add(database: Database, workflow_id: str, name: str, at: datetime, **document: Any) -> str:
    with database.transaction() as uow:
        schedule = parse_schedule(document, at=at, timezone="Europe/Berlin")
        return triggers.add(uow, workflow_id, name=name, kind="schedule", by=None, at=at, schedule=schedule)


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


def test_what_was_typed_in_other_patterns_stays(ann: Browser, report: str) -> None:
    answer = ann.post(f"{STARTS}/new", {**WEEKLY, "weekly.days": [], "interval.n": "37", "cron": "1 2 3 4 5"})
    assert 'value="37"' in answer.text
    assert 'value="1 2 3 4 5"' in answer.text


def test_a_time_can_be_added_without_javascript(ann: Browser, documents: Callable) -> None:
    answer = ann.post(f"{STARTS}/new", {**WEEKLY, "more": "weekly"})
    assert answer.status_code == 200
    assert answer.text.count('name="weekly.times"') == 2
    assert documents() == {}


def test_the_preview_says_what_a_phrase_means_and_fills_the_pattern(ann: Browser, report: str) -> None:
    answer = ann.post("/schedules/preview", {**WEEKLY, "say": "every day at 5pm"})
    assert "Every day at 5:00 pm, Berlin time." in answer.text
    assert 'hx-target="#patterns"' in answer.text
    taken_over = ann.post(
        "/schedules/preview", {**WEEKLY, "say": "every day at 5pm", "said": "every day at 5pm"}
    )
    assert "Monday and Friday" in taken_over.text
    assert "#patterns" not in taken_over.text


def test_the_preview_of_a_half_typed_form_says_what_is_missing(ann: Browser) -> None:
    answer = ann.post("/schedules/preview", {"kind": "cron", "cron": "0 9"})
    assert answer.status_code == 200
    assert "5 parts" in answer.text


def test_changing_one_start_never_moves_another_and_says_so(
    ann: Browser, database: Database, report: str, documents: Callable, at: datetime
) -> None:
    first, _, _ = (add(database, report, name, at, interval="45m") for name in ("Orders", "Bank", "Mail"))
    before = documents()
    answer = ann.post(f"{STARTS}/{first}/schedule", {**WEEKLY, "name": "Shop"}, follow_redirects=True)
    assert "Shop changed. The other 2 starts keep their times." in answer.text
    assert {name: documents()[name] for name in ("Bank", "Mail")} == {
        name: before[name] for name in ("Bank", "Mail")
    }


def test_saving_the_form_unchanged_changes_nothing(
    ann: Browser, database: Database, report: str, documents: Callable, at: datetime
) -> None:
    odd = {
        "a": {"interval": "45m"},
        "b": {"weekly": {"days": ["mon"], "times": ["09:00"], "every": 2}},
        "c": {"interval": "10s", "blackouts": [{"from": "2099-01-01T00:00", "to": "2099-01-02T00:00"}]},
        "d": {
            "cron": "0 9 * * *",
            "clock_change": {"forward": "skip"},
            "end_after": 1000,
            "jitter": "5m",
            "holidays": {"calendars": ["country:DE", "country:FR"], "rule": "next"},
            "window": {"from": "08:00", "to": "18:00", "days": ["mon", "tue"]},
            "policies": {
                "missed": {"rule": "all", "limit": 50},
                "overlap": "queue",
                "too_late": "1h",
                "fail_pause": None,
            },
        },
        "e": {"monthly": {"days": [15, "last"], "times": ["09:00"], "every": 3}, "start_on": "2026-04-01"},
        "f": {"once": "2099-12-24T18:00", "timezone": "America/New_York"},
    }
    ids = {name: add(database, report, name, at, **document) for name, document in odd.items()}
    before = documents()
    for start_id in ids.values():
        page = ann.get(f"{STARTS}/{start_id}/schedule")
        assert ann.post(f"{STARTS}/{start_id}/schedule", fields_of(page.text)).status_code == 303
    assert documents() == before
