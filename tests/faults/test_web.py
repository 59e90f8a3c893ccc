"""The web process is killed, crowded and cut off in the middle of an answer."""

import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx2
import pytest
import simple_websocket

from engine.db import Database
from engine.services.people import users
from tests.faults.page import sign_in
from tests.faults.test_database import locked
from tests.faults.work import Start
from tests.support.app_under_test import App
from tests.support.waiting import wait_until

PATH = "/ws/monitoring"
Connect = Callable[[httpx2.Client], simple_websocket.Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open the socket of a list of runs as the page in this browser does."""
    opened = []

    def open_socket(browser: httpx2.Client) -> simple_websocket.Client:
        url = str(browser.base_url).replace("http", "ws", 1).rstrip("/")
        opened.append(simple_websocket.Client(f"{url}{PATH}", headers=_headers(browser)))
        return opened[-1]

    yield open_socket
    for ws in opened:
        if ws.connected:
            ws.close()


def people(app: App, number: int) -> list[httpx2.Client]:
    """Let further administrators in, and sign them in."""
    database, at, browsers = Database(app.settings.database_url), datetime.now(UTC), []
    for name in (f"p{count}@example.org" for count in range(number)):
        with database.transaction() as uow:
            _, password = users.create_user(uow, by=_admin(app), email=name, name="P", role="admin",
                                            timezone="UTC", at=at)
        browsers.append(sign_in(app, name, password))
    database.close()
    return browsers


def test_fifty_open_pages_find_the_truth_again_when_web_is_killed(scene: Start, connect: Connect) -> None:
    """Fault 32: sockets break, come back and catch up; runs go on meanwhile."""
    shared = scene()
    workflow_id = shared.add_workflow(shared.calling("one?delay=2", "two"))
    browsers = [shared.open_page().browser, *people(shared.app, 2)]
    crowd = [browsers[number % 3] for number in range(50)]
    sockets = [connect(browser) for browser in crowd]
    worker = shared.app.processes()["worker 1"]
    execution_id = shared.execute(workflow_id)
    wait_until(lambda: shared.sink.calls("/one"))
    shared.app.kill("web")
    wait_until(lambda: not any(ws.connected for ws in sockets))
    shared.wait_for(execution_id)
    wait_until(shared.app.is_healthy)
    again = [connect(browser) for browser in crowd]
    new = shared.execute(workflow_id)
    for ws in again:
        wait_until(lambda ws=ws: new in (ws.receive(timeout=1) or ""))
    shared.check()
    assert shared.app.processes()["worker 1"] == worker


def test_a_crowd_that_says_and_reads_nothing_keeps_nobody_else_out(scene: Start, connect: Connect) -> None:
    """Fault 33: 500 idle connections, and 50 sockets whose owners never read."""
    shared = scene()
    browsers = [shared.open_page().browser, *people(shared.app, 2)]
    idle = [socket.create_connection(("127.0.0.1", shared.app.port)) for _ in range(500)]
    slow = [_deaf(shared.app.port, browsers[number % 3]) for number in range(50)]
    workflow_id = shared.add_workflow([{"key": "note", "type": "write_log", "with": {"message": "hello"}}])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: shared.execute(workflow_id), range(60)))
    for path in ("/", "/monitoring", "/workflows", "/calendar"):
        assert browsers[0].get(path).status_code == 200
    shared.check()
    with pytest.raises(simple_websocket.ConnectionError) as refused:
        for _ in range(20):
            connect(browsers[0])
    assert refused.value.status_code == 429
    for one in (*idle, *slow):
        one.close()


def test_a_start_on_record_whose_answer_was_lost_is_not_started_again(scene: Start) -> None:
    """Fault 35: web dies after the commit and before it answers; the caller asks again with the same key."""
    broken = scene(faults=["before_ring"])
    workflow_id = broken.add_workflow(broken.calling("one"))
    with pytest.raises(httpx2.HTTPError):
        broken.ask_to_execute(workflow_id, "order-7")
    (row,) = broken.app.rows("SELECT id FROM executions")
    assert broken.insist(workflow_id, "order-7") == row.id
    broken.check()
    assert len(broken.sink.calls("/one")) == 1


def test_a_start_that_never_was_on_record_is_started_by_asking_again(scene: Start) -> None:
    """Fault 35: web dies before the commit; there is no trace, and the same key starts it."""
    broken = scene()
    workflow_id = broken.add_workflow(broken.calling("one"))
    with ThreadPoolExecutor(1) as pool:
        with locked(broken.app):
            asking = pool.submit(broken.ask_to_execute, workflow_id, "order-8")
            with pytest.raises(TimeoutError):
                asking.result(1)
            broken.app.kill("web")
        with pytest.raises(httpx2.HTTPError):
            asking.result()
    assert broken.app.rows("SELECT id FROM executions") == []
    broken.insist(workflow_id, "order-8")
    broken.check()
    assert len(broken.sink.calls("/one")) == 1


def _deaf(port: int, browser: httpx2.Client) -> socket.socket:
    """Open a socket as a page does, and never read from it again."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    opened.connect(("127.0.0.1", port))
    lines = [f"GET {PATH} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
             *(f"{name}: {value}" for name, value in _headers(browser).items())]
    opened.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert re.match(rb"HTTP/1.1 101", opened.recv(12))
    return opened


def _headers(browser: httpx2.Client) -> dict[str, str]:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return {"Cookie": cookies, "Origin": f"http://localhost:{browser.base_url.port}"}


def _admin(app: App) -> str:
    return str(app.rows("SELECT id FROM users")[0].id)
