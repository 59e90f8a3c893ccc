"""The page that says why each planned time of a day ran or did not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.services.planning import ledger
from engine.services.workflows import triggers
from tests.support.stories import NOTE, Clock, add_live_workflow
from tests.web.browser import Browser

DAILY = {"daily": {"times": ["09:00", "15:00"]}, "timezone": "Europe/Berlin"}


@pytest.fixture
def slug(database: Database, admin_id: str, at: datetime) -> str:
    return add_live_workflow(database, at, [NOTE], owner_id=admin_id)


@pytest.fixture
def start(database: Database, slug: str, at: datetime) -> str:
    with database.transaction() as uow:
        return triggers.add(uow, slug, name="Mornings", kind="schedule", by=None, at=at,
                            schedule=parse_schedule(DAILY, at=at))


@pytest.fixture
def path(slug: str, start: str) -> str:
    return f"/workflows/{slug}/starts/{start}/why"


def test_today_is_shown_first_with_what_is_planned(ann: Browser, path: str, slug: str, start: str) -> None:
    page = ann.get(path).text
    assert "Mon 2 Mar 2026 (today)" in page
    assert "3:00 pm" in page
    assert f"/workflows/{slug}/starts/{start}/times/2026-03-02T14:00:00Z" in page
    assert f'href="{path}?day=2026-03-01"' in page


def test_a_time_that_did_not_run_says_why_and_who(
    ann: Browser, path: str, slug: str, start: str, database: Database, now: Clock
) -> None:
    now.pass_time(days=1)
    with database.transaction() as uow:
        ledger.record(uow, start, slug, now.at - timedelta(hours=1), now.at, outcome="skipped",
                      reason="skipped_by", reason_data={"by": "Ann", "note": "stock-take"})
    page = ann.get(f"{path}?day=2026-03-03").text
    assert "Skipped: Ann decided to skip it: stock-take." in page


def test_lists_of_starts_and_runs_lead_to_it(
    ann: Browser, path: str, slug: str, start: str, database: Database, now: Clock
) -> None:
    assert f'href="{path}"' in ann.get(f"/workflows/{slug}/starts").text
    with database.transaction() as uow:
        due = now.at + timedelta(hours=5)
        ledger.record(uow, start, slug, due, now.at, outcome="missed", reason="too_old")
    assert f'href="{path}?day=2026-03-02"' in ann.get("/monitoring").text


def test_a_day_without_anything_and_a_day_that_is_none(ann: Browser, path: str) -> None:
    assert "Nothing was planned on this day." in ann.get(f"{path}?day=2026-02-01").text
    for odd in ("soon", "0001-01-01", "9999-12-31"):
        assert "That is no day. Here is today." in ann.get(f"{path}?day={odd}").text


def test_the_past_of_a_start_that_was_removed_can_still_be_read(
    ann: Browser, path: str, start: str, database: Database, at: datetime
) -> None:
    with database.transaction() as uow:
        triggers.remove(uow, start, by=None, at=at)
    assert "This start was removed since." in ann.get(path).text


def test_what_belongs_to_somebody_else_is_not_there(signed_in: Callable[[str], Browser], path: str) -> None:
    assert signed_in("editor").get(path).status_code == 404


def test_a_start_in_seconds_is_told_to_the_second(
    ann: Browser, database: Database, slug: str, at: datetime
) -> None:
    with database.transaction() as uow:
        often = triggers.add(uow, slug, name="Often", kind="schedule", by=None, at=at,
                             schedule=parse_schedule({"interval": "30s"}, at=at, timezone="Europe/Berlin"))
    told = ann.get(f"/workflows/{slug}/starts/{often}/why").text
    coming = ann.get(f"/workflows/{slug}").text
    assert ">10:00:30 am</time>" in told
    assert ">10:01:00 am</time>" in told
    assert "today, 10:00:30 am</time>" in coming


def test_a_start_in_minutes_is_told_to_the_minute(ann: Browser, path: str) -> None:
    assert ">3:00 pm</time>" in ann.get(path).text
