"""The calendar that calendar programs read at a secret address."""

import re
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from engine.models import CalendarFeed, User
from engine.services.due import dispatch
from engine.services.people import accounts
from tests.queries.calendar_scene import add, ran, recorded
from tests.support.stories import Engine
from tests.web.browser import Browser


def address_of(browser: Browser) -> str:
    """Make a secret address and return its path."""
    answer = browser.post("/calendar/subscription")
    assert answer.status_code == 201
    found = re.search(r'id="feed-address">https?://[^/]+(/[^<]+)<', answer.text)
    assert found
    return found[1]


def user_id(engine: Engine, email: str) -> str:
    with engine.database.reading() as connection:
        return str(connection.execute(select(User.id).where(User.email == email)).scalar_one())


def test_who_knows_the_address_reads_what_is_planned_and_what_was(
    ann: Browser, stranger: Browser, engine: Engine
) -> None:
    trigger_id = add(engine, "Report", {"daily": {"times": ["12:00"]}})
    recorded(engine, trigger_id, engine.clock.at - timedelta(hours=2), "missed", "too_old")
    answer = stranger.get(address_of(ann))
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    assert answer.text.count("SUMMARY:Report\r\n") in (59, 60)
    assert "SUMMARY:Missed: Report\r\nDESCRIPTION:The app was off\\, and came back too late" in answer.text
    assert answer.text.count("STATUS:CANCELLED") == 1


def test_no_two_events_have_the_same_name(ann: Browser, stranger: Browser, engine: Engine) -> None:
    trigger_id = add(engine, "Report", {"daily": {"times": ["12:00", "18:00"]}})
    recorded(engine, trigger_id, engine.clock.at - timedelta(hours=2), "skipped", "overlap")
    names = re.findall(r"UID:(.+)\r\n", stranger.get(address_of(ann)).text.replace("\r\n ", ""))
    assert len(names) > 100
    assert len(set(names)) == len(names)


def test_a_frequent_start_is_left_out(ann: Browser, stranger: Browser, engine: Engine) -> None:
    trigger_id = add(engine, "Heartbeat", {"interval": "1m"})
    ran(engine, trigger_id, engine.clock.at - timedelta(minutes=1))
    assert "VEVENT" not in stranger.get(address_of(ann)).text


def test_it_can_be_narrowed_to_one_workflow(ann: Browser, stranger: Browser, engine: Engine) -> None:
    add(engine, "Report", {"daily": {"times": ["12:00"]}})
    add(engine, "Other", {"daily": {"times": ["12:00"]}})
    path = address_of(ann)
    slug = re.search(r"/workflows/([^/]+)/starts", stranger.get(path).text.replace("\r\n ", ""))[1]
    assert len(set(re.findall("SUMMARY:(.*)\r", stranger.get(f"{path}?workflow={slug}").text))) == 1


def test_it_shows_only_what_its_owner_may_see(
    signed_in: Callable[[str], Browser], stranger: Browser, engine: Engine
) -> None:
    add(engine, "Theirs", {"daily": {"times": ["12:00"]}})
    path = address_of(signed_in("editor"))
    assert "Theirs" not in stranger.get(path).text


def test_a_new_address_ends_the_old_one(ann: Browser, stranger: Browser) -> None:
    old = address_of(ann)
    new = address_of(ann)
    assert (stranger.get(old).status_code, stranger.get(new).status_code) == (404, 200)


def test_an_ended_address_says_so(ann: Browser, stranger: Browser) -> None:
    path = address_of(ann)
    assert ann.post("/calendar/subscription/end").status_code == 303
    assert stranger.get(path).status_code == 404
    assert ann.post("/calendar/subscription/end").status_code == 404


def test_an_account_that_is_shut_out_shows_nothing(
    ann: Browser, signed_in: Callable[[str], Browser], stranger: Browser, engine: Engine
) -> None:
    path = address_of(signed_in("editor"))
    engine.do(lambda uow: accounts.disable(uow, user_id(engine, "editor@example.org"),
                                           by=user_id(engine, "ann@example.org"), at=engine.clock.at))
    assert stranger.get(path).status_code == 404


def test_the_secret_is_not_in_the_database(ann: Browser, engine: Engine) -> None:
    secret = address_of(ann).removeprefix("/calendar/feed/").removesuffix(".ics")
    with engine.database.reading() as connection:
        (row,) = connection.execute(select(*CalendarFeed.__table__.columns)).all()
    assert len(secret) > 40
    assert secret not in map(str, row)
    assert secret not in ann.get("/calendar/subscription").text


def test_a_run_is_an_event_with_its_result_under_the_name_it_had_when_planned(
    ann: Browser, stranger: Browser, engine: Engine
) -> None:
    trigger_id = add(engine, "Report", {"interval": "6h"})
    names = re.findall(r"UID:(.+)\r\n", stranger.get(address_of(ann)).text.replace("\r\n ", ""))
    engine.clock.pass_time(hours=6)
    engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))
    text = stranger.get(address_of(ann)).text.replace("\r\n ", "")
    event = next(part for part in text.split("BEGIN:VEVENT") if "/executions/" in part)
    assert f"UID:{trigger_id}" in event
    assert re.search(r"UID:(.+)\r\n", event)[1] in names
    assert "SUMMARY:Waiting to start: Report" in event
