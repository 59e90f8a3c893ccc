"""The feed: who is told what, without threads or a clock."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from blueprints.live.feed import Feed
from blueprints.live.topics import Home, Run, Runs
from blueprints.live.watchers import LOST_PERMISSION, TRY_AGAIN, Watcher
from blueprints.runs.run_list import Asked
from blueprints.shared.formats import clock_words
from engine.db import Database
from engine.domain.people.roles import Person
from engine.models import User, Workflow
from engine.queries.overview import changes
from engine.queries.server import users
from engine.services.people import sessions
from engine.services.people.users import secret_hash
from engine.services.runs import brake, executions
from tests.services.conftest import add_schedule
from tests.support.stories import NOTE, Engine, add_live_workflow, add_user

Deliver = Callable[..., bool]


@pytest.fixture
def workflow_id(database: Database, admin_id: str, at: datetime) -> str:
    return add_live_workflow(database, at, [NOTE], owner_id=admin_id)


@pytest.fixture
def person(database: Database, admin_id: str, at: datetime) -> tuple[Person, str]:
    """The administrator and the id of a session of hers."""
    with database.transaction() as uow:
        session_id = secret_hash(sessions.start(uow, admin_id, "", at))
    with database.reading() as connection:
        return users.by_sessions(connection, [session_id], at)[session_id], session_id


@pytest.fixture
def watch(person: tuple[Person, str]) -> Callable[..., Watcher]:
    return lambda topic=None: Watcher(topic or Runs(Asked()), *person, place="")


@pytest.fixture
def deliver(app: APIFlask, database: Database, engine: Engine) -> Iterator[Deliver]:
    feed = Feed()

    def go(*watchers: Watcher, later: timedelta = timedelta()) -> bool:
        with app.test_request_context(), database.reading() as connection:
            return feed.deliver(connection, watchers, engine.clock.at + later)

    yield go


def said(watcher: Watcher) -> list[str]:
    messages = []
    while not watcher._messages.empty():
        messages.append(watcher._messages.get())
    return messages


def test_many_changes_of_a_run_are_told_once(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str
) -> None:
    watcher = watch()
    deliver(watcher)
    run = engine.run(workflow_id).id
    deliver(watcher)
    (message,) = said(watcher)
    assert message.count(f'<tr id="run-{run}"') == 1
    assert "Succeeded" in message


def test_what_was_told_is_not_told_again(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str
) -> None:
    watcher = watch()
    engine.run(workflow_id)
    deliver(watcher)
    assert len(said(watcher)) == 1
    deliver(watcher, later=timedelta(seconds=1))
    assert said(watcher) == []


def test_who_has_just_come_hears_what_others_have_heard_already(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str
) -> None:
    first, second = watch(), watch()
    engine.run(workflow_id)
    deliver(first)
    deliver(first, second)
    assert (len(said(first)), len(said(second))) == (1, 1)


def test_too_much_at_once_is_drawn_anew(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(changes, "MANY", 3)
    watcher = watch()
    deliver(watcher)
    for _ in range(4):
        engine.run(workflow_id)
    assert not deliver(watcher)
    (message,) = said(watcher)
    assert 'hx-target="#runs"' in message


def test_a_reader_that_is_too_slow_is_sent_away_to_catch_up(watch: Callable[..., Watcher]) -> None:
    watcher = watch()
    for _ in range(40):
        watcher.put("x")
    assert watcher.closing == TRY_AGAIN


def test_a_page_hears_every_twenty_seconds_that_it_is_live(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine
) -> None:
    watcher = watch()
    deliver(watcher)
    deliver(watcher, later=timedelta(seconds=19))
    assert said(watcher) == []
    deliver(watcher, later=timedelta(seconds=20))
    (message,) = said(watcher)
    assert "Live" in message
    assert 'id="cursor"' in message


def test_a_run_in_line_says_at_once_that_the_brake_holds_it_and_that_it_does_not(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str, admin_id: str
) -> None:
    engine.do(lambda uow: uow.execute(update(Workflow).values(rate_per_minute=1)))
    engine.run(workflow_id)
    run = engine.do(lambda uow: executions.start(uow, workflow_id, started_by="api", at=engine.clock.at))
    engine.advance(run)
    watcher = watch(Run(run, "steps"))
    deliver(watcher)
    said(watcher)
    engine.do(lambda uow: brake.pull(uow, reason="wrong prices", by=admin_id, at=engine.clock.at))
    deliver(watcher)
    assert "Everything is on hold – wrong prices" in said(watcher)[0]
    engine.do(lambda uow: brake.release(uow, by=admin_id, at=engine.clock.at))
    deliver(watcher)
    assert "This workflow starts 1 a minute at most" in said(watcher)[0]


def test_who_loses_the_right_to_see_a_run_is_sent_away(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str, database: Database,
) -> None:
    run = engine.start(workflow_id)
    watcher = watch(Run(run, "steps"))
    deliver(watcher)
    other_id = add_user(database, engine.clock.at, "bob@example.org")
    with database.transaction() as uow:
        uow.execute(update(User).values(role="viewer"))
        uow.execute(update(Workflow).values(owner_id=other_id))
    engine.advance(run)
    deliver(watcher)
    assert watcher.closing == LOST_PERMISSION


def test_those_with_other_eyes_get_other_pages(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str
) -> None:
    here, home = watch(), watch(Home())
    engine.run(workflow_id)
    deliver(here, home)
    assert "run-list" in said(here)[0]
    assert "home-needs" in said(home)[0]


def test_home_is_drawn_for_who_watches_also_where_many_start_at_once(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str
) -> None:
    for number in range(8):
        add_schedule(engine, workflow_id, f"start {number}", {"daily": {"times": ["12:00"]}})
    home = watch(Home())
    engine.run(workflow_id)
    deliver(home)
    assert "8 start at" in said(home)[0]


def test_who_moves_to_another_zone_is_told_in_its_time(
    watch: Callable[..., Watcher], deliver: Deliver, engine: Engine, workflow_id: str, database: Database
) -> None:
    watcher = watch()
    with database.transaction() as uow:
        uow.execute(update(User).values(timezone="Pacific/Kiritimati"))
    engine.run(workflow_id)
    deliver(watcher)
    local = clock_words(engine.clock.at, "Pacific/Kiritimati")
    assert local in said(watcher)[0]
