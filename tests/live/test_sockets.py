"""Sockets: who may open one, what it says, and when it is closed."""

from collections.abc import Callable
from datetime import datetime

import pytest
import simple_websocket
from apiflask import APIFlask

from blueprints.live import hub
from engine.db import Database
from tests.live.conftest import Connect
from tests.live.pages import new_rows, rows
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.support.waiting import wait_until
from tests.web.browser import Browser


@pytest.fixture
def workflow_id(database: Database, admin_id: str, at: datetime) -> str:
    return add_live_workflow(database, at, [NOTE], owner_id=admin_id)


@pytest.fixture
def other_id(database: Database, admin_id: str, at: datetime) -> str:
    return add_live_workflow(database, at, [NOTE], name="Other", owner_id=admin_id)


@pytest.fixture
def editor(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("editor")


@pytest.fixture
def editors_id(editor: Browser, database: Database, at: datetime) -> str:
    """A workflow of the editor's own."""
    with database.reading() as connection:
        owner_id = connection.exec_driver_sql("SELECT id FROM users WHERE role = 'editor'").scalar_one()
    return add_live_workflow(database, at, [NOTE], owner_id=owner_id)


def hear(ws: simple_websocket.Client, words: str) -> str:
    """Listen until a message says `words`."""
    return wait_until(lambda: next((said for said in [ws.receive(timeout=0.2) or ""] if words in said), ""))


def closed_with(ws: simple_websocket.Client) -> int:
    with pytest.raises(simple_websocket.ConnectionClosed):
        while True:
            ws.receive(timeout=10)
    return int(ws.close_reason)


def test_a_change_arrives_as_the_very_row_of_the_page(
    ann: Browser, connect: Connect, engine: Engine, workflow_id: str
) -> None:
    ws = connect(ann, "/ws/monitoring")
    run = engine.run(workflow_id).id
    message = hear(ws, f"run-{run}")
    assert new_rows(message) == [f"run-{run}"]
    while "Succeeded" not in message:  # a busy machine tells of the run before it has ended, too
        message = hear(ws, f"run-{run}")
    assert rows(message)[f"run-{run}"] == rows(ann.get("/monitoring").text)[f"run-{run}"]


def test_the_page_of_a_workflow_and_of_a_run_hear_of_theirs_only(
    ann: Browser, connect: Connect, engine: Engine, workflow_id: str, other_id: str
) -> None:
    mine, other = engine.start(workflow_id), engine.start(other_id)
    of_run, of_workflow = connect(ann, f"/ws/executions/{mine}"), connect(ann, f"/ws/workflows/{workflow_id}")
    engine.advance(other)
    engine.advance(mine)
    assert "run-head" in hear(of_run, "Succeeded")
    said = hear(of_workflow, f"run-{mine}")
    assert other not in said


def test_home_hears_of_everything(ann: Browser, connect: Connect, engine: Engine, workflow_id: str) -> None:
    ws = connect(ann, "/ws/home")
    engine.run(workflow_id)
    assert "home-workflows" in hear(ws, "home-needs")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1:1"])
def test_a_page_from_elsewhere_opens_no_socket(ann: Browser, connect: Connect, origin: str | None) -> None:
    with pytest.raises(simple_websocket.ConnectionError) as refused:
        connect(ann, "/ws/monitoring", origin=origin)
    assert refused.value.status_code == 403


def test_nobody_listens_to_what_they_may_not_see(
    editor: Browser, connect: Connect, engine: Engine, workflow_id: str
) -> None:
    run = engine.start(workflow_id)
    for path in (f"/ws/executions/{run}", f"/ws/workflows/{workflow_id}"):
        with pytest.raises(simple_websocket.ConnectionError) as refused:
            connect(editor, path)
        assert refused.value.status_code == 404


def test_a_stranger_opens_no_socket(stranger: Browser, connect: Connect, admin_id: str) -> None:
    with pytest.raises(simple_websocket.ConnectionError):
        connect(stranger, "/ws/monitoring")


def test_the_list_of_runs_tells_each_only_of_their_own(
    editor: Browser, connect: Connect, engine: Engine, workflow_id: str, editors_id: str
) -> None:
    ws = connect(editor, "/ws/monitoring")
    secret = engine.run(workflow_id).id
    own = engine.run(editors_id).id
    assert secret not in hear(ws, f"run-{own}")


def test_signing_out_closes_the_socket_for_good(ann: Browser, connect: Connect) -> None:
    ws = connect(ann, "/ws/monitoring")
    ann.post("/logout")
    assert closed_with(ws) == 1008


def test_a_server_that_stops_asks_to_come_back(ann: Browser, connect: Connect, app: APIFlask) -> None:
    app.extensions["carillon_is_stopping"] = lambda: is_stopping
    is_stopping = False
    ws = connect(ann, "/ws/monitoring")
    is_stopping = True
    assert closed_with(ws) == 1012


def test_whoever_talks_to_a_socket_is_cut_off(ann: Browser, connect: Connect) -> None:
    ws = connect(ann, "/ws/monitoring")
    ws.send("hello")
    assert closed_with(ws) == 1008


def test_nobody_holds_more_sockets_than_their_share(
    ann: Browser, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "MOST_PER_PERSON", 2)
    connect(ann, "/ws/monitoring")
    connect(ann, "/ws/home")
    wait_until(lambda: not _opens(connect, ann))


def test_no_thread_is_started_before_somebody_watches(app: APIFlask, ann: Browser) -> None:
    ann.get("/monitoring")
    assert "carillon_live" not in app.extensions


def _opens(connect: Connect, browser: Browser) -> bool:
    try:
        connect(browser, "/ws/monitoring").close()
    except simple_websocket.ConnectionError as refused:
        assert refused.status_code == 429
        return False
    return True
