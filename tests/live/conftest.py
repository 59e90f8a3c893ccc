"""The application behind a real port, and sockets to it."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import simple_websocket
from apiflask import APIFlask
from werkzeug.serving import make_server

from engine import clock
from engine.config import Settings
from tests.web.browser import Browser
from tests.web.conftest import add_user, admin_id, ann, app, settings, signed_in, stranger

__all__ = ["add_user", "admin_id", "ann", "app", "settings", "signed_in", "stranger"]

Connect = Callable[..., simple_websocket.Client]


@pytest.fixture
def at() -> datetime:
    """Now: the pages beside these tests look at the real clock."""
    return clock.now()


@pytest.fixture
def port(app: APIFlask) -> Iterator[int]:
    """The port of a server with threads, as in real life."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    app.extensions["carillon_is_stopping"] = lambda: True
    server.shutdown()
    thread.join()
    if "carillon_live" in app.extensions:
        app.extensions["carillon_live"].close()


@pytest.fixture
def connect(port: int, settings: Settings) -> Iterator[Connect]:
    """Open a socket as this person's browser would; `origin` is the page it comes from (default: ours)."""
    opened = []

    def open_socket(browser: Browser, path: str, origin: str | None = "") -> simple_websocket.Client:
        headers = {"Cookie": f"carillon={browser.cookie()}"}
        if origin is not None:
            headers["Origin"] = origin or settings.base_url
        opened.append(simple_websocket.Client(f"ws://127.0.0.1:{port}{path}", headers=headers))
        return opened[-1]

    yield open_socket
    for ws in opened:
        if ws.connected:
            ws.close()
