"""Acting on one time to come, from the page of a workflow: skip, run early, move, other values; and undo."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Execution, OccurrenceOverride, ProducerSchedule
from engine.services.workflows import triggers
from tests.support.stories import NOTE, Clock, add_live_workflow
from tests.web.browser import Browser

DAILY = {"daily": {"times": ["09:00"]}, "timezone": "Europe/Berlin"}
FIRST, SECOND = "2026-03-03T08:00:00Z", "2026-03-04T08:00:00Z"


@pytest.fixture
def slug(database: Database, admin_id: str, at: datetime) -> str:
    return add_live_workflow(database, at, [NOTE], owner_id=admin_id)


@pytest.fixture
def start(database: Database, slug: str, at: datetime) -> str:
    with database.transaction() as uow:
        return triggers.add(uow, slug, name="Mornings", kind="schedule", by=None, at=at,
                            schedule=parse_schedule(DAILY, at=at), inputs={"region": "north", "rows": 5})


@pytest.fixture
def path(slug: str, start: str) -> str:
    return f"/workflows/{slug}/starts/{start}/times/{FIRST}"


def one(database: Database, *columns: Any) -> Any:
    with database.reading() as connection:
        return connection.execute(select(*columns)).one_or_none()


def next_run(database: Database) -> datetime:
    found: datetime = one(database, ProducerSchedule.next_run_at)[0]
    return found


def test_the_menu_of_a_time_leads_to_everything_that_can_be_done(ann: Browser, slug: str, path: str) -> None:
    page = ann.get(f"/workflows/{slug}").text
    for action in ("skip", "run_early", "move", "inputs"):
        assert f'href="{path}?do={action}"' in page


def test_a_time_is_skipped_shown_and_taken_back(
    ann: Browser, slug: str, path: str, database: Database, at: datetime
) -> None:
    answer = ann.post(path, {"action": "skip", "note": "stock-take"}, follow_redirects=True)
    assert "Tomorrow, 9:00 am is skipped." in answer.text
    assert "Skipped by Ann: stock-take" in answer.text
    assert next_run(database) == at + timedelta(days=1, hours=23)
    assert "Skipped by Ann" in ann.get(path).text
    ann.post(f"{path}/undo")
    assert "Skipped by Ann" not in ann.get(f"/workflows/{slug}").text
    assert next_run(database) == at + timedelta(hours=23)
    assert ann.post(f"{path}/undo").status_code == 409


def test_run_it_now_starts_it_once_and_shows_it_done(ann: Browser, slug: str, path: str, database: Database):
    answer = ann.post(path, {"action": "run_early"})
    run = one(database, Execution.id, Execution.input)
    assert answer.location == f"/executions/{run.id}"
    assert run.input == {"region": "north", "rows": 5}
    assert "Run early by Ann" in ann.get(f"/workflows/{slug}").text
    assert ann.post(path, {"action": "run_early"}).status_code == 409
    assert "Save" not in ann.get(path).text


def test_a_moved_time_is_shown_where_it_will_be(ann: Browser, slug: str, path: str, database: Database):
    ann.post(path, {"action": "move", "to": "2026-03-03T14:00"})
    assert next_run(database).isoformat() == "2026-03-03T13:00:00+00:00"
    page = ann.get(f"/workflows/{slug}").text
    assert "tomorrow, 2:00 pm" in page
    assert "Moved by Ann from tomorrow, 9:00 am" in page
    by_new_moment = ann.get(path.replace("08:00", "13:00")).text
    assert "Moved by Ann" in by_new_moment
    assert "Save" in by_new_moment


def test_a_time_moved_ahead_is_gone_once_it_has_come(
    ann: Browser, slug: str, path: str, database: Database, now: Clock
) -> None:
    ann.post(path, {"action": "move", "to": "2026-03-02T11:00"})
    assert "today, 11:00 am" in ann.get(f"/workflows/{slug}").text
    now.pass_time(hours=2)
    page = ann.get(f"/workflows/{slug}").text
    assert "Moved by Ann" not in page
    assert "This time is over." not in ann.get(path).text
    assert "Save" not in ann.get(path).text


@pytest.mark.parametrize("to", ["", "soon", "2020-01-01T10:00", "2026-03-04T09:00"])
def test_a_time_is_not_moved_to_where_it_cant_be(ann: Browser, path: str, database: Database, to: str):
    answer = ann.post(path, {"action": "move", "to": to, "note": "keep me"})
    assert (answer.status_code, 'href="#f-to"' in answer.text) == (422, True)
    assert 'value="keep me"' in answer.text
    assert one(database, OccurrenceOverride.id) is None


def test_other_values_count_for_this_time_only(ann: Browser, slug: str, path: str, database: Database):
    answer = ann.post(path, {"action": "inputs", "inputs.region": "south", "inputs.rows": "many"})
    assert (answer.status_code, "Enter a number" in answer.text) == (422, True)
    ann.post(path, {"action": "inputs", "inputs.region": "south", "inputs.rows": "5"})
    assert one(database, OccurrenceOverride.inputs)[0] == {"region": "south"}
    assert "With other values, set by Ann" in ann.get(f"/workflows/{slug}").text
    assert 'value="south"' in ann.get(path).text


def test_a_time_that_is_not_planned_or_over_offers_nothing(ann: Browser, path: str, now: Clock):
    odd = path.replace("08:00:00", "08:00:01")
    assert "not planned at this time" in ann.get(odd).text
    assert ann.post(odd, {"action": "skip"}).status_code == 409
    now.pass_time(days=2)
    assert "This time is over." in ann.get(path).text
    assert ann.get(path.replace(FIRST, "soon")).status_code == 404
    assert ann.get(path.replace(FIRST, "0001-01-01T00:00:00+23:59")).status_code == 404


def test_who_only_looks_changes_nothing(
    signed_in: Callable[[str], Browser], ann: Browser, path: str, slug: str, database: Database
):
    assert signed_in("viewer").post(path, {"action": "skip"}).status_code == 403
    assert signed_in("editor").post(path, {"action": "skip"}).status_code == 404
    assert one(database, OccurrenceOverride.id) is None


def test_something_else_than_the_four_is_refused(ann: Browser, path: str):
    assert ann.post(path, {"action": "explode"}).status_code == 422
