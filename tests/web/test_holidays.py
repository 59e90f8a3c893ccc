"""Own calendars under Settings: entered, uploaded, changed with a word on what that moves, and removed."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Calendar, ProducerSchedule
from engine.services.workflows import triggers
from tests.support.stories import NOTE, add_live_workflow
from tests.web.browser import Browser

CALENDARS = "/settings/calendars"
FILE = (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Inventory\r\nDTSTART;VALUE=DATE:20260320\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n")


def stored(database: Database) -> Any:
    with database.reading() as connection:
        return connection.execute(select(Calendar.id, Calendar.name, Calendar.days, Calendar.origin)).one()


@pytest.fixture
def calendar_id(ann: Browser, database: Database) -> str:
    ann.post(f"{CALENDARS}/new", {"name": "Company", "days": "2026-03-03 Stock-take\n2026-03-05 Party"})
    found: str = stored(database).id
    return found


@pytest.fixture
def follower(database: Database, admin_id: str, at: datetime, calendar_id: str) -> str:
    """A start every morning, except on the days off of the calendar."""
    rule = {"daily": {"times": ["09:00"]}, "timezone": "UTC",
            "holidays": {"calendars": [calendar_id, "country:DE"], "rule": "skip"}}
    workflow_id = add_live_workflow(database, at, [NOTE], owner_id=admin_id)
    with database.transaction() as uow:
        return triggers.add(uow, workflow_id, name="Mornings", kind="schedule", by=None, at=at,
                            schedule=parse_schedule(rule, at=at))


def next_run(database: Database) -> str:
    with database.reading() as connection:
        found: datetime = connection.execute(select(ProducerSchedule.next_run_at)).scalar_one()
        return found.isoformat()


def test_a_calendar_is_typed_line_by_line(ann: Browser, calendar_id: str, database: Database) -> None:
    assert stored(database).days == {"2026-03-03": "Stock-take", "2026-03-05": "Party"}
    page = ann.get(CALENDARS).text
    assert "Company" in page
    assert "3 Mar 2026" in page


def test_every_line_that_cant_be_read_is_told_and_all_is_kept(ann: Browser) -> None:
    answer = ann.post(f"{CALENDARS}/new", {"name": "Company", "days": "2026-12-24\nsoon\n2026-02-30"})
    assert answer.status_code == 422
    assert "Line 2: “soon” does not begin with a day." in answer.text
    assert "Line 3: “2026-02-30” is a day that does not exist." in answer.text
    assert "2026-12-24\nsoon" in answer.text


def test_a_calendar_file_is_read_and_one_that_is_none_is_refused(ann: Browser, database: Database) -> None:
    for content in (b"hello", b"\xff\xfe", FILE.replace(b"VALUE=DATE:20260320", b":20260320T090000")):
        refused = ann.post(f"{CALENDARS}/new", {"name": "Company", "file": (BytesIO(content), "days.ics")})
        assert (refused.status_code, 'href="#f-file"' in refused.text) == (422, True)
    ann.post(f"{CALENDARS}/new", {"name": "Company", "file": (BytesIO(FILE), "days.ics")})
    assert (stored(database).days, stored(database).origin) == ({"2026-03-20": "Inventory"}, "file")


def test_a_name_and_a_day_are_needed_and_a_name_is_used_once(ann: Browser, calendar_id: str) -> None:
    for given, said in (({"days": "2026-12-24"}, "Enter a name."),
                        ({"name": "Empty"}, "Enter at least one day"),
                        ({"name": "Company", "days": "2026-12-24"}, "There is a calendar called")):
        answer = ann.post(f"{CALENDARS}/new", given)
        assert (answer.status_code, said in answer.text) == (422, True)


def test_the_list_names_who_follows_it(ann: Browser, follower: str) -> None:
    page = ann.get(CALENDARS).text
    assert page.count(">Report</a>") == 2
    assert "Germany" in page


def test_what_a_change_does_is_said_before_and_after_saving(
    ann: Browser, follower: str, calendar_id: str, database: Database
) -> None:
    typed = {"name": "Company", "days": "2026-03-06 Party"}
    shown = ann.post(f"{CALENDARS}/{calendar_id}", {**typed, "show": "1"}).text
    assert "1 start follows this; 1 run moves and 1 run comes back." in shown
    assert "Nothing is saved yet." in shown
    assert next_run(database) == "2026-03-04T09:00:00+00:00"
    saved = ann.post(f"{CALENDARS}/{calendar_id}", typed, follow_redirects=True).text
    assert "Company is saved. 1 start follows this; 1 run moves and 1 run comes back." in saved
    assert next_run(database) == "2026-03-03T09:00:00+00:00"


def test_a_calendar_somebody_follows_stays_until_nobody_does(
    ann: Browser, follower: str, calendar_id: str, database: Database, at: datetime
) -> None:
    assert "1 start follows" in ann.get(f"{CALENDARS}/{calendar_id}/remove").text
    assert ann.post(f"{CALENDARS}/{calendar_id}/remove").status_code == 409
    with database.transaction() as uow:
        triggers.remove(uow, follower, by=None, at=at)
    assert "No start follows it" in ann.get(f"{CALENDARS}/{calendar_id}/remove").text
    assert "Company is removed." in ann.post(f"{CALENDARS}/{calendar_id}/remove", follow_redirects=True).text


def test_starts_of_others_are_counted_and_not_named(
    signed_in: Callable[[str], Browser], follower: str
) -> None:
    page = signed_in("editor").get(CALENDARS).text
    assert "1 of other people" in page
    assert "Report" not in page


def test_who_only_looks_sees_the_list_and_changes_nothing(
    signed_in: Callable[[str], Browser], calendar_id: str
) -> None:
    viewer = signed_in("viewer")
    assert "Company" in viewer.get(CALENDARS).text
    assert viewer.get(f"{CALENDARS}/{calendar_id}").status_code == 403
    assert viewer.post(f"{CALENDARS}/new", {"name": "x", "days": "2026-12-24"}).status_code == 403


def test_an_own_calendar_can_be_chosen_in_a_schedule(ann: Browser, follower: str, calendar_id: str) -> None:
    page = ann.get(f"{CALENDARS}").text
    path = page.split('href="/workflows/')[1].split('"')[0]
    form = ann.get(f"/workflows/{path}/new").text
    assert f'<option value="{calendar_id}">Company</option>' in form
    days = {"kind": "daily", "daily.times": "09:00", "timezone": "UTC", "holidays.calendars": calendar_id,
            "holidays.rule": "skip", "name": "Second"}
    assert "Not on days off in your own calendar." in ann.post("/schedules/preview", days).text
    runs, left_out = ann.post("/schedules/preview", days).text.split("Skipped in this period")
    assert "5 Mar" not in runs
    assert "5 Mar: Party" in left_out
    assert ann.post(f"/workflows/{path}/new", days).status_code == 303
