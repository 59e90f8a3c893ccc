"""Catching up: what a page asks for whenever it is connected again."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import delete, func, select

from engine.db import Database
from engine.models import Change
from engine.queries.overview import changes
from engine.services.runs import recovery
from tests.live.pages import cursor, new_rows, rows
from tests.support.stories import Engine, add_live_workflow
from tests.web.browser import Browser

FAIL = {"key": "stop", "name": "Check", "type": "stop", "with": {"as": "failed", "message": "No <i>rows</i>"}}


@pytest.fixture
def workflow_id(database: Database, admin_id: str, at: datetime) -> str:
    return add_live_workflow(database, at, [FAIL], owner_id=admin_id)


def test_after_missed_changes_the_page_is_as_a_fresh_one(
    ann: Browser, engine: Engine, database: Database, workflow_id: str
) -> None:
    going = engine.start(workflow_id)
    page = ann.get("/monitoring").text
    engine.clock.pass_time(seconds=1)
    engine.advance(going)
    added = []
    for _ in range(3):
        added.append(engine.run(workflow_id).id)
        engine.clock.pass_time(seconds=1)
    answer = ann.get(f"/live/monitoring?since={cursor(page)}").text
    fresh = rows(ann.get("/monitoring").text)
    assert rows(page)[f"run-{going}"] != fresh[f"run-{going}"]
    assert rows(answer) == fresh
    assert [row for row in new_rows(answer) if row != f"run-{going}"] == [f"run-{run}" for run in added]


def test_what_changed_long_ago_brings_the_whole_list(
    ann: Browser, engine: Engine, database: Database, workflow_id: str
) -> None:
    page = ann.get("/monitoring").text
    run = engine.run(workflow_id).id
    engine.run(workflow_id)
    with database.transaction() as uow:
        oldest = uow.execute(select(func.min(Change.id))).scalar_one()
        uow.execute(delete(Change).where(Change.id <= oldest + 1))
    answer = ann.get(f"/live/monitoring?since={cursor(page)}").text
    assert 'hx-target="#runs"' in answer
    assert f"run-{run}" in rows(answer)


def test_tidying_up_leaves_the_place_to_go_on_from(
    engine: Engine, database: Database, workflow_id: str
) -> None:
    engine.run(workflow_id)
    with database.reading() as connection:
        before = changes.cursor(connection, engine.clock.pass_time(hours=1))
    engine.do(lambda uow: recovery.tidy(uow, engine.clock.at))
    with database.reading() as connection:
        assert changes.since(connection, before) == []
    engine.start(workflow_id)
    with database.reading() as connection:
        assert len(changes.since(connection, before) or []) == 1


def test_what_came_from_outside_is_text(ann: Browser, engine: Engine, workflow_id: str) -> None:
    since = cursor(ann.get("/monitoring").text)
    run = engine.run(workflow_id).id
    for path in ("monitoring?", "home?", f"executions/{run}?tab=steps&", f"executions/{run}?tab=log&"):
        answer = ann.get(f"/live/{path}since={since}").text
        assert "No &lt;i&gt;rows&lt;/i&gt;" in answer
        assert "<i>rows" not in answer


def test_when_nothing_changed_only_the_cursor_moves_on(
    ann: Browser, engine: Engine, database: Database, workflow_id: str
) -> None:
    run = engine.start(workflow_id)
    with database.reading() as connection:
        newest = connection.execute(select(func.max(Change.id))).scalar_one()
    engine.start(workflow_id)
    answer = ann.get(f"/live/executions/{run}?since={newest}").text
    assert cursor(answer) == cursor(ann.get("/monitoring").text)
    assert answer.count("<hx-partial") == 1


def test_a_narrowed_list_takes_no_new_runs_but_changes_those_it_has(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    going = engine.start(workflow_id)
    page = ann.get("/monitoring?status=pending").text
    engine.advance(going)
    engine.run(workflow_id)
    answer = ann.get(f"/live/monitoring?status=pending&since={cursor(page)}").text
    assert new_rows(answer) == []
    assert f'hx-target="#run-{going}"' in answer


def test_a_log_goes_on_after_the_last_line_that_was_shown(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    going = engine.start(workflow_id)
    page = ann.get(f"/executions/{going}?tab=log").text
    engine.advance(going)
    answer = ann.get(f"/live/executions/{going}?tab=log&since={cursor(page)}").text
    assert answer.count('<li class="log-') == 4
    later = ann.get(f"/live/executions/{going}?tab=log&since={cursor(answer)}").text
    assert '<li class="log-' not in later


@pytest.mark.parametrize("since", ["", "x", "1-x", "-1", "1 or 1=1"])
def test_a_place_made_up_by_hand_is_refused(ann: Browser, since: str) -> None:
    assert ann.get("/live/monitoring", query_string={"since": since}).status_code == 422


def test_nobody_catches_up_with_what_they_may_not_see(
    signed_in: Callable[[str], Browser], engine: Engine, workflow_id: str
) -> None:
    browser, run = signed_in("editor"), engine.run(workflow_id).id
    assert browser.get(f"/live/executions/{run}?since=0").status_code == 404
    assert browser.get(f"/live/workflows/{workflow_id}?since=0").status_code == 404
    assert run not in browser.get("/live/monitoring?since=0").text
    assert run not in browser.get("/live/home?since=0").text
