"""The pages of the calendar."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.models import User
from tests.queries.calendar_scene import add, ran, recorded
from tests.support.stories import Engine
from tests.web.browser import Browser

VIEWS = ("day", "week", "month", "list")


def tomorrow(engine: Engine) -> str:
    return (engine.clock.at + timedelta(days=1)).date().isoformat()


@pytest.fixture
def report(engine: Engine, ann: Browser) -> str:
    return add(engine, "Sales <report>", {"daily": {"times": ["12:00"]}})


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_a_table_with_what_is_planned(
    ann: Browser, engine: Engine, report: str, view: str
) -> None:
    page = ann.get(f"/calendar?view={view}&from={tomorrow(engine)}").text
    assert "<table" in page
    assert 'scope="' in page
    assert "Sales &lt;report&gt;" in page
    assert "Planned" in page
    assert f"/starts/{report}/times/{tomorrow(engine)}T" in page
    assert "All times are Berlin time" in page


@pytest.mark.parametrize("view", VIEWS)
def test_an_empty_calendar_opens(ann: Browser, view: str) -> None:
    assert ann.get(f"/calendar?view={view}").status_code == 200


def test_an_empty_day_says_what_comes_next(ann: Browser, engine: Engine) -> None:
    in_ten_days = engine.clock.at + timedelta(days=10)
    add(engine, "Party", {"once": in_ten_days.strftime("%Y-%m-%dT12:00")})
    page = ann.get(f"/calendar?view=day&from={tomorrow(engine)}").text
    assert "Nothing is due this day." in page
    assert "Party" in page


def test_a_run_is_linked_and_its_result_is_a_word(ann: Browser, engine: Engine, report: str) -> None:
    ran(engine, report, engine.clock.at - timedelta(minutes=1), "failed")
    page = ann.get("/calendar").text
    assert "Failed: </span>" in page
    assert re.search(r'href="/executions/[0-9a-f-]{36}"', page)


def test_a_missed_time_says_why(ann: Browser, engine: Engine, report: str) -> None:
    missed = engine.clock.at - timedelta(days=1)
    recorded(engine, report, missed, "missed", "too_old")
    page = ann.get(f"/calendar?view=list&from={(missed - timedelta(days=1)).date()}").text
    assert "came back too late to make up for it" in page
    link = re.search(r'href="(/workflows/[^"]+/why[^"]+)"', page)
    assert link
    assert ann.get(link[1]).status_code == 200


def test_what_does_not_fit_is_a_click_away(ann: Browser, engine: Engine) -> None:
    for number in range(25):
        add(engine, f"Report {number:02}", {"daily": {"times": ["12:00"]}})
    day = tomorrow(engine)
    month, hour = ann.get("/calendar").text, ann.get(f"/calendar?view=day&from={day}&hour=12").text
    assert "and 21 more" in month
    assert "25 start at 12:00 pm" in month
    assert "and 5 more" in ann.get(f"/calendar?view=day&from={day}").text
    assert all(f"Report {number:02}" in hour for number in range(25))


def test_a_frequent_start_is_a_line_above(ann: Browser, engine: Engine) -> None:
    add(engine, "Orders", {"interval": "5m"})
    page = ann.get(f"/calendar?view=day&from={tomorrow(engine)}").text
    assert "Every 5 minutes, 288 times" in page
    assert page.count(">Orders<") == 1


@pytest.mark.parametrize("query", ["view=year", "from=soon", "from=9999-12-31", "from=2026-02-30"])
def test_nonsense_is_explained(ann: Browser, query: str) -> None:
    assert ann.get(f"/calendar?{query}").status_code == 422


@pytest.mark.parametrize("query", ["view=day&hour=99", "view=day&hour=-1", "view=day&hour=x&page=0"])
def test_odd_hours_and_pages_do_no_harm(ann: Browser, query: str) -> None:
    assert ann.get(f"/calendar?{query}").status_code == 200


def test_home_draws_the_next_24_hours(ann: Browser, report: str) -> None:
    page = ann.get("/").text
    assert 'role="img" aria-label="Next 24 hours: 1 to start' in page
    assert "Show as a table" in page


def test_a_viewer_is_not_led_to_the_editor(engine: Engine, signed_in: Callable[[str], Browser]) -> None:
    viewer = signed_in("viewer")
    with engine.database.reading() as connection:
        viewers = select(User.id).where(User.email == "viewer@example.org")
        owner_id = connection.execute(viewers).scalar_one()
    trigger_id = add(engine, "Mine", {"daily": {"times": ["12:00"]}}, owner_id=owner_id)
    page = viewer.get(f"/calendar?view=day&from={tomorrow(engine)}").text
    assert "Mine" in page
    assert f"/starts/{trigger_id}/schedule" not in page
