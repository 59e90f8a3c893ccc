"""Blackouts under Settings: added, changed and removed, with a word on which runs that changes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Blackout, ProducerSchedule
from engine.services.workflows import triggers
from tests.support.stories import NOTE, add_live_workflow
from tests.web.browser import Browser

BLACKOUTS = "/settings/blackouts"
STOCK_TAKE = {"name": "Stock-take", "from": "2026-03-03T00:00", "to": "2026-03-05T00:00", "scope": "all",
              "note": "Counting"}


@pytest.fixture
def workflow_id(database: Database, admin_id: str, at: datetime) -> str:
    """Ann's workflow, every morning at 9:00 in UTC."""
    workflow_id = add_live_workflow(database, at, [NOTE], owner_id=admin_id)
    rule = parse_schedule({"daily": {"times": ["09:00"]}, "timezone": "UTC"}, at=at)
    with database.transaction() as uow:
        triggers.add(uow, workflow_id, name="Mornings", kind="schedule", by=None, at=at, schedule=rule)
    return workflow_id


def stored(database: Database) -> Any:
    with database.reading() as connection:
        return connection.execute(select(*Blackout.__table__.columns)).one_or_none()


def next_day(database: Database) -> int:
    with database.reading() as connection:
        found: datetime = connection.execute(select(ProducerSchedule.next_run_at)).scalar_one()
        return found.day


def test_a_blackout_is_added_shown_changed_and_removed(
    ann: Browser, workflow_id: str, database: Database
) -> None:
    added = ann.post(f"{BLACKOUTS}/new", STOCK_TAKE, follow_redirects=True).text
    assert "Stock-take is saved. 1 start concerned: 2 runs are left out." in added
    assert "Counting" in added
    assert next_day(database) == 5
    path = f"{BLACKOUTS}/{stored(database).id}"
    assert 'value="2026-03-03T00:00"' in ann.get(path).text
    changed = ann.post(path, {**STOCK_TAKE, "to": "2026-03-04T00:00"}, follow_redirects=True).text
    assert "1 start concerned: 1 run comes back." in changed
    assert next_day(database) == 4
    assert "1 start concerned: 1 run comes back." in ann.get(f"{path}/remove").text
    ann.post(f"{path}/remove")
    assert (stored(database), next_day(database)) == (None, 3)


def test_what_changes_is_shown_before_anything_is_saved(
    ann: Browser, workflow_id: str, database: Database
) -> None:
    shown = ann.post(f"{BLACKOUTS}/new", {**STOCK_TAKE, "show": "1"}).text
    assert "2 runs are left out." in shown
    assert 'value="Counting"' in shown
    assert stored(database) is None


def test_a_blackout_of_some_workflows_leaves_the_others_alone(
    ann: Browser, workflow_id: str, database: Database, admin_id: str, at: datetime
) -> None:
    other = add_live_workflow(database, at, [NOTE], owner_id=admin_id, name="Other")
    some = {**STOCK_TAKE, "scope": "some", "workflows": other}
    assert "No coming run changes." in ann.post(f"{BLACKOUTS}/new", some, follow_redirects=True).text
    assert (stored(database).workflow_ids, next_day(database)) == ([other], 3)


@pytest.mark.parametrize(("given", "field"), [
    ({"name": " "}, "name"), ({"from": ""}, "from"), ({"to": "soon"}, "to"),
    ({"to": "2026-03-01T00:00"}, "to"),
    ({"scope": "some"}, "workflows"),
])
def test_what_is_missing_is_told_beside_its_field(ann: Browser, given: dict[str, str], field: str) -> None:
    answer = ann.post(f"{BLACKOUTS}/new", {**STOCK_TAKE, **given})
    assert (answer.status_code, f'href="#f-{field}"' in answer.text) == (422, True)
    assert 'value="Counting"' in answer.text


def test_everything_is_held_back_by_administrators_only_and_others_by_their_owners(
    signed_in: Callable[[str], Browser], workflow_id: str, database: Database
) -> None:
    editor = signed_in("editor")
    assert editor.post(f"{BLACKOUTS}/new", STOCK_TAKE).status_code == 403
    of_ann = {**STOCK_TAKE, "scope": "some", "workflows": workflow_id}
    assert editor.post(f"{BLACKOUTS}/new", of_ann).status_code == 404
    assert stored(database) is None


def test_a_blackout_of_what_can_not_be_seen_is_not_there(
    ann: Browser, signed_in: Callable[[str], Browser], workflow_id: str, database: Database
) -> None:
    ann.post(f"{BLACKOUTS}/new", {**STOCK_TAKE, "scope": "some", "workflows": workflow_id})
    editor = signed_in("editor")
    assert "Stock-take" not in editor.get(BLACKOUTS).text
    path = f"{BLACKOUTS}/{stored(database).id}"
    assert [editor.get(path).status_code, editor.post(f"{path}/remove").status_code] == [404, 404]


def test_everybody_sees_what_holds_everything(
    ann: Browser, signed_in: Callable[[str], Browser], workflow_id: str, database: Database
) -> None:
    ann.post(f"{BLACKOUTS}/new", STOCK_TAKE)
    editor = signed_in("editor")
    assert "Stock-take" in editor.get(BLACKOUTS).text
    assert editor.get(f"{BLACKOUTS}/{stored(database).id}").status_code == 403
