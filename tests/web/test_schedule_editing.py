"""The schedule form while it is typed in, and when a schedule is changed."""

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
