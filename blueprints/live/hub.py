"""One per web process: hears that something changed and lets the feed tell everybody who watches.

Nothing runs until somebody watches. Redis only makes it quick: the feed is read every two seconds anyway.
"""

import logging
import threading
from typing import Final

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from blueprints.live.feed import Feed
from blueprints.live.watchers import FAILED, Watcher
from engine import clock
from engine.wiring import Parts

log = logging.getLogger(__name__)

_POLL_SECONDS: Final = 2.0
_COALESCE_SECONDS: Final = 0.25
_OVERLOADED_SECONDS: Final = 1.0
MOST_PER_PERSON: Final = 20
# A socket holds a thread of the server; pages need some too.
MOST: Final = 150


def hub() -> "Hub":
    """Return this process's hub, made when it is first asked for."""
    extensions = current_app.extensions
    if "carillon_live" not in extensions:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        extensions.setdefault("carillon_live", Hub(app, extensions["carillon"]))
    found: Hub = extensions["carillon_live"]
    return found


class Hub:
    """`watch` and `leave` are for the threads of the sockets; the rest runs in the hub's own."""

    def __init__(self, app: Flask, parts: Parts) -> None:
        self._app, self._parts, self._feed = app, parts, Feed()
        self._lock = threading.Lock()
        self._watchers: set[Watcher] = set()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []

    def has_room(self, person_id: str) -> bool:
        with self._lock:
            of_person = sum(watcher.person.id == person_id for watcher in self._watchers)
            return len(self._watchers) < MOST and of_person < MOST_PER_PERSON

    def watch(self, watcher: Watcher) -> None:
        with self._lock:
            self._watchers.add(watcher)
            if not any(thread.is_alive() for thread in self._threads):
                self._start()
        self._wake.set()

    def leave(self, watcher: Watcher) -> None:
        with self._lock:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """Stop both threads and wait for them."""
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self) -> None:
        self._stop.clear()
        follow = self._parts.bus.follow
        self._threads = [
            threading.Thread(target=self._run, name="live-feed", daemon=True),
            threading.Thread(target=follow, args=(self._heard, self._stop), name="live-bus", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _heard(self, _workflow_ids: list[str]) -> None:
        self._wake.set()

    def _run(self) -> None:
        """Deliver until stopped. If this thread ends otherwise, pages come back and another is started."""
        try:
            while not self._stop.is_set():
                self._wake.wait(_POLL_SECONDS)
                self._wake.clear()
                self._stop.wait(_COALESCE_SECONDS)
                if not self._deliver():
                    self._stop.wait(_OVERLOADED_SECONDS)
        finally:
            self._stop.set()
            for watcher in self._present():
                watcher.closing = FAILED

    def _deliver(self) -> bool:
        """Return False when it is wise to take a breath."""
        watchers = self._present()
        if not watchers:
            return True
        try:
            with self._app.test_request_context(), self._parts.database.reading() as connection:
                return self._feed.deliver(connection, watchers, clock.now())
        except SQLAlchemyError as error:
            log.warning("live updates wait for the database: %s", error)
            return False

    def _present(self) -> list[Watcher]:
        with self._lock:
            return list(self._watchers)
