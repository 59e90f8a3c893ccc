"""What the schedule form asks and tells: the half of a day, the clock, a time off, who was faster."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import clock
from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Trigger
from engine.services.planning import calendars
from engine.services.workflows import triggers
from tests.support.stories import Clock
from tests.web.browser import Browser
from tests.web.fields import fields_of

STARTS = "/workflows/report/starts"
WEEKLY = {
    "kind": "weekly", "weekly.days": ["mon", "fri"], "weekly.times": ["09:00"], "timezone": "Europe/Berlin",
}
EVERY = {"kind": "interval", "interval.unit": "m", "timezone": "Europe/Berlin"}


@pytest.fixture
def kept(database: Database) -> Callable[[], Any]:
    """The newest start of Report."""

    def read() -> Any:
        newest = select(Trigger.id, Trigger.name, Trigger.enabled, Trigger.config).order_by(Trigger.id.desc())
        with database.reading() as connection:
            return connection.execute(newest).first()

    return read


@pytest.fixture
def start(database: Database, report: str, at: datetime) -> str:
    return _add(database, report, at, interval="15m")


def _add(database: Database, workflow_id: str, at: datetime, **document: Any) -> str:
    schedule = parse_schedule(document, at=at, timezone="Europe/Berlin")
    with database.transaction() as uow:
        return triggers.add(
            uow, workflow_id, name="Orders", kind="schedule", by=None, at=at, schedule=schedule)


def test_an_assumed_half_of_the_day_is_switched_by_a_button_that_needs_no_javascript(
    ann: Browser, report: str, kept: Callable
) -> None:
    said = {**WEEKLY, "say": "every day at 10", "said": ""}
    shown = ann.post(f"{STARTS}/new", {**said, "show": "1"}).text
    assert "We assumed 10:00 am (not 10 pm)" in shown
    assert '<button class="btn btn-small" name="switch" value="every day at 10 pm">' in shown

    switched = ann.post(f"{STARTS}/new", {**fields_of(shown), "switch": "every day at 10 pm"}).text
    assert "Every day at 10:00 pm, Berlin time." in switched
    assert kept() is None
    ann.post(f"{STARTS}/new", fields_of(switched))
    assert kept().config["schedule"]["daily"]["times"] == ["22:00"]


@pytest.mark.parametrize(("typed", "align"), [
    ({"interval.n": "15", "interval.align": "clock"}, "clock"),
    ({"interval.n": "15", "interval.align": "anchor"}, "anchor"),
    ({"interval.n": "45", "interval.align": "clock"}, "anchor"),
])
def test_an_interval_lines_up_with_the_clock_or_is_counted(
    ann: Browser, report: str, kept: Callable, typed: Any, align: str
) -> None:
    ann.post(f"{STARTS}/new", {**EVERY, **typed})
    assert kept().config["schedule"]["align"] == align


def test_a_length_that_fits_no_clock_says_so_instead_of_asking(ann: Browser, report: str) -> None:
    even = ann.post("/schedules/preview", {**EVERY, "interval.n": "15"}).text
    assert "Line up with the clock (9:00 am, 9:15 am…)" in even
    uneven = ann.post("/schedules/preview", {**EVERY, "interval.n": "45"}).text
    assert "45 minutes does not divide an hour evenly, so we count from the first run." in uneven
    assert "Line up with the clock" not in uneven


def test_counting_goes_on_from_where_it_began_until_it_is_lined_up(
    ann: Browser, database: Database, report: str, at: datetime, kept: Callable
) -> None:
    start = _add(database, report, at - timedelta(minutes=7), interval="15m", align="anchor")
    path = f"{STARTS}/{start}/schedule"
    before = kept().config["schedule"]
    form = fields_of(ann.get(path).text)
    assert form["interval.align"] == "anchor"
    ann.post(path, {**form, "name": "Counted"})
    assert kept().config["schedule"] == before
    ann.post(path, {**fields_of(ann.get(path).text), "interval.align": "clock"})
    assert kept().config["schedule"]["align"] == "clock"


def test_the_rule_for_missed_times_is_shown_on_a_weekend_off(ann: Browser, report: str) -> None:
    shown = ann.post("/schedules/preview", {**EVERY, "interval.n": "60", "missed": "skip"}).text
    assert ("If the app is off from Friday 6:00 pm to Monday 8:00 am, this would run: "
            "<strong>not at all</strong>") in shown


def test_the_preview_counts_the_runs_and_names_days_off(ann: Browser, report: str) -> None:
    shown = ann.post("/schedules/preview", WEEKLY).text
    assert "Runs per week: 2" in shown
    assert "Skipped in this period: none" in shown
    daily = {**WEEKLY, "kind": "daily", "daily.times": ["09:00"], "start_on": f"{clock.now().year + 1}-12-24"}
    off = {"holidays.calendars": "country:DE", "holidays.rule": "skip"}
    shown = ann.post("/schedules/preview", {**daily, **off}).text
    assert " 25 Dec: Christmas Day (Germany)" in shown
    assert '<hx-partial hx-target="#state-holidays" hx-swap="innerHTML">Germany: skip</hx-partial>' in shown


def test_a_day_off_in_a_calendar_of_ones_own_is_named(
    ann: Browser, database: Database, report: str, admin_id: str, at: datetime
) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).date()
    with database.transaction() as uow:
        own = calendars.add(uow, name="Ours", days={tomorrow: "Founders day"}, by=admin_id, at=at)
    daily = {**WEEKLY, "kind": "daily", "daily.times": ["23:59"], "timezone": "UTC"}
    shown = ann.post("/schedules/preview", {**daily, "holidays.calendars": own, "holidays.rule": "skip"}).text
    assert "Founders day (Ours)" in shown


@pytest.mark.parametrize(("pressed", "enabled"), [({}, True), ({"enabled": "no"}, False)])
def test_a_schedule_is_saved_on_or_off(
    ann: Browser, report: str, kept: Callable, pressed: Any, enabled: bool
) -> None:
    ann.post(f"{STARTS}/new", {**WEEKLY, **pressed})
    assert kept().enabled is enabled


def test_who_saves_what_someone_else_changed_since_is_asked(
    ann: Browser, database: Database, admin_id: str, start: str, kept: Callable, now: Clock
) -> None:
    path = f"{STARTS}/{start}/schedule"
    mine = {**fields_of(ann.get(path).text), "name": "Mine"}
    with database.transaction() as uow:
        triggers.edit(uow, start, name="Theirs", by=admin_id, at=now.pass_time(minutes=1))

    asked = ann.post(path, mine)
    assert asked.status_code == 409
    assert "You changed this schedule" in asked.text
    assert 'value="Mine"' in asked.text
    assert kept().name == "Theirs"

    keep = asked.text.split('name="keep" value="')[1].split('"')[0]
    assert ann.post(path, {**fields_of(asked.text), "keep": keep}).status_code == 303
    assert kept().name == "Mine"


def test_one_time_that_does_not_exist_is_warned_about(ann: Browser, report: str) -> None:
    once = {"kind": "once", "once.date": "2099-03-29", "once.time": "02:30", "timezone": "Europe/Berlin"}
    assert "2:30 am does not exist that night, so this runs at 3:00 am." in ann.post(
        "/schedules/preview", once).text
