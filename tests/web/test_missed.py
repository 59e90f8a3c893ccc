"""Back from downtime: Home says what was missed, and one page decides about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Execution, Occurrence, Outage
from engine.scheduler.leader import Leader
from engine.services.people import users
from engine.services.workflows import triggers
from tests.support.stories import NOTE, Clock, add_live_workflow
from tests.web.api.program import Program
from tests.web.browser import Browser


@pytest.fixture
def off(database: Database, admin_id: str, now: Clock) -> None:
    """Off for three hours and a half: an hourly start that asks, and one that makes up for nothing."""
    leader = Leader(database, "a")
    leader.tick(now.now)
    workflow_id = add_live_workflow(database, now.at, [NOTE], owner_id=admin_id)
    with database.transaction() as uow:
        for name, missed in (("Asks", "ask"), ("Skips", "skip")):
            rule = {"interval": "1h", "timezone": "UTC", "policies": {"missed": missed}}
            triggers.add(uow, workflow_id, name=name, kind="schedule", by=None, at=now.at,
                         schedule=parse_schedule(rule, at=now.at))
    now.pass_time(hours=3, minutes=30)
    leader.tick(now.now)


def rows(database: Database, *columns: Any) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(*columns).order_by(columns[0])))


def test_home_says_what_was_missed_and_what_is_best(ann: Browser, off: None) -> None:
    page = ann.get("/").text
    assert "Carillon was off from today, 10:00 am to today, 1:30 pm." in page
    assert "6 planned runs of 2 starts were missed." in page
    assert "run the last one of the start that asks" in page
    assert 'href="/missed"' in page


def test_the_page_recommends_by_the_rule_of_each_start(ann: Browser, off: None) -> None:
    page = ann.get("/missed").text
    assert page.count("3 times") == 2
    assert page.index("Run it once.") < page.index("does not make up for missed times.")
    assert page.count(" checked>") == 1


def test_the_ticked_ones_run_once_and_the_rest_stays(ann: Browser, off: None, database: Database) -> None:
    latest = ann.get("/missed").text.split('name="time" value="')[1].split('"')[0]
    answer = ann.post("/missed/run", {"which": "ticked", "time": latest}, follow_redirects=True)
    assert "1 run of missed times queued" in answer.text
    assert len(rows(database, Execution.id)) == 1
    assert rows(database, Outage.handled_at) == [(None,)]
    assert ann.post("/missed/run", {"which": "ticked", "time": latest}).status_code == 404


def test_home_is_quiet_once_every_question_is_answered(ann: Browser, off: None) -> None:
    for _ in range(3):
        assert "Carillon was off" in ann.get("/").text
        latest = ann.get("/missed").text.split('name="time" value="')[1].split('"')[0]
        ann.post("/missed/run", {"which": "ticked", "time": latest})
    assert "Carillon was off" not in ann.get("/").text


def test_run_all_makes_up_for_every_time_one_after_the_other(
    ann: Browser, off: None, database: Database, now: Clock
) -> None:
    ann.post("/missed/run", {"which": "all"})
    waits = sorted(row.wake_at or now.at for row in rows(database, Execution.wake_at))
    assert waits == sorted([now.at + timedelta(minutes=number) for number in (0, 1, 2)] * 2)
    assert "Nothing that was missed needs you." in ann.get("/missed").text
    assert "Carillon was off" not in ann.get("/").text


def test_run_none_lets_everything_go(ann: Browser, off: None, database: Database) -> None:
    ann.post("/missed/dismiss")
    assert rows(database, Execution.id) == []
    assert {row.reason for row in rows(database, Occurrence.reason)} == {"dismissed"}
    assert "Carillon was off" not in ann.get("/").text


def test_nothing_ticked_is_told(ann: Browser, off: None) -> None:
    answer = ann.post("/missed/run", {"which": "ticked"})
    assert (answer.status_code, "Tick at least one start" in answer.text) == (422, True)


def test_what_others_missed_is_not_shown_and_not_touched(
    signed_in: Callable[[str], Browser], off: None, database: Database
) -> None:
    editor = signed_in("editor")
    assert "Nothing that was missed needs you." in editor.get("/missed").text
    mine = rows(database, Occurrence.id)[0].id
    assert editor.post("/missed/run", {"which": "ticked", "time": mine}).status_code == 404
    editor.post("/missed/run", {"which": "all"})
    editor.post("/missed/dismiss")
    assert rows(database, Execution.id) == []
    assert "dismissed" not in {row.reason for row in rows(database, Occurrence.reason)}
    assert rows(database, Outage.handled_at) == [(None,)]


def test_programs_read_run_and_dismiss(
    off: None, app: APIFlask, admin_id: str, database: Database, now: Clock
) -> None:
    with database.transaction() as uow:
        _, token = users.create_token(uow, user_id=admin_id, name="test", scopes=["write"], at=now.at)
    program = Program(app.test_client(), token)
    listed = program.get("/api/missed").json
    (outage,) = listed["outages"]
    assert [(start["triggerName"], start["count"], start["recommended"]) for start in outage["starts"]] == [
        ("Asks", 3, "run_latest"), ("Skips", 3, "nothing")]
    assert len(listed["asking"]) == 3
    answer = program.post("/api/missed/run", {"ids": [outage["starts"][0]["latestId"]]})
    assert (answer.status_code, len(answer.json["runIds"])) == (202, 1)
    for odd in ({}, {"ids": ["a"], "asking": True}, {"ids": []}):
        assert program.error("POST", "/api/missed/dismiss", odd)[:2] == (422, "ids")
    assert program.post("/api/missed/dismiss", {"asking": True}).json == {"dismissed": 2}
    assert program.error("POST", "/api/missed/run", {"ids": ["nowhere"]})[0] == 404
