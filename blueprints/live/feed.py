"""Reads the feed of changes and gives each watcher what it should see; no threads, no clock."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask import render_template
from sqlalchemy import Connection, Row

from blueprints.live.topics import Scene, Topic
from blueprints.live.watchers import LOST_PERMISSION, Watcher
from engine.domain.errors import NotFound
from engine.domain.people.roles import Person
from engine.queries.overview import changes
from engine.queries.server import users

HEARTBEAT: Final = timedelta(seconds=20)


class Feed:
    """Remembers how far it has read. Changes settle late, so the last two seconds are read again."""

    def __init__(self) -> None:
        self._cursor: int | None = None
        self._seen: set[int] = set()
        self._last_heartbeat: datetime | None = None

    def deliver(self, connection: Connection, watchers: Collection[Watcher], at: datetime) -> bool:
        """Return False when there was too much to tell one by one, and everything was drawn anew."""
        _look_who_watches(connection, watchers, at)
        if self._cursor is None:
            self._cursor = changes.cursor(connection, at)
        window = changes.since(connection, self._cursor)
        settled = max(changes.cursor(connection, at), self._cursor)
        for members in _alike(watchers):
            _give(Scene(connection, members[0].person, at), members, self._for(members[0], window), settled)
        self._cursor, self._seen = settled, {change.id for change in window or ()}
        self._beat(watchers, at)
        return window is not None

    def _for(self, watcher: Watcher, window: Sequence[Row[Any]] | None) -> Sequence[Row[Any]] | None:
        """Who has just come may have missed what others have seen."""
        if window is None:
            return None
        return [change for change in window if watcher.topic.concerns(change)
                and (watcher.is_fresh or change.id not in self._seen)]

    def _beat(self, watchers: Collection[Watcher], at: datetime) -> None:
        """Let every page see now and then that it is still live, and move its cursor on."""
        self._last_heartbeat = self._last_heartbeat or at
        if at - self._last_heartbeat < HEARTBEAT:
            return
        self._last_heartbeat = at
        for watcher in watchers:
            watcher.put(render_template(
                "live/heartbeat.html", zone=watcher.person.timezone, now=at,
                cursor=place_words(self._cursor or 0, watcher.place),
            ))


def place_words(cursor: int, place: str) -> str:
    """Return what a page sends to catch up: the cursor and, in a log, the last line."""
    return f"{cursor}-{place}" if place else str(cursor)


def draw(
    scene: Scene, topic: Topic, news: Sequence[Row[Any]] | None, settled: int, place: str
) -> tuple[str, str]:
    """Return the partials for `news`, with the new cursor, and the new place."""
    html, place = topic.render(scene, news, place)
    return html + cursor_only(settled, place), place


def cursor_only(settled: int, place: str) -> str:
    """Return the partial that moves a page's cursor on."""
    return render_template("live/cursor.html", cursor=place_words(settled, place))


def _give(
    scene: Scene, members: Sequence[Watcher], news: Sequence[Row[Any]] | None, settled: int
) -> None:
    """Draw once for all who see the same; whoever may not see it any more is sent away."""
    first = members[0]
    message, place = "", first.place
    if news is None or news:
        try:
            message, place = draw(scene, first.topic, news, settled, first.place)
        except NotFound:
            for watcher in members:
                watcher.closing = LOST_PERMISSION
    for watcher in members:
        watcher.is_fresh, watcher.place = False, place
        if message:
            watcher.put(message)


def _alike(watchers: Collection[Watcher]) -> Collection[list[Watcher]]:
    """Group those who are to see the very same."""
    groups: dict[Hashable, list[Watcher]] = defaultdict(list)
    for watcher in watchers:
        if watcher.closing is None:
            groups[watcher.topic, _eyes(watcher.person), watcher.place, watcher.is_fresh].append(watcher)
    return groups.values()


def _eyes(person: Person) -> Hashable:
    """Return what decides how a page looks to somebody."""
    return "" if person.sees_everything else person.id, person.reach, person.timezone


def _look_who_watches(connection: Connection, watchers: Collection[Watcher], at: datetime) -> None:
    """Notice who signed out, was switched off, or has another role now."""
    people = users.by_sessions(connection, {watcher.session_id for watcher in watchers}, at)
    for watcher in watchers:
        person = people.get(watcher.session_id)
        if person is None:
            watcher.closing = LOST_PERMISSION
        else:
            watcher.person = person
