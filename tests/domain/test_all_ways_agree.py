"""Preview, calendar, rehearsal and dispatcher name the same times: nothing skipped, nothing doubled.

Random schedules in twelve zones, watched for two days around every change of those zones' clocks in the
next three years. `CARILLON_THOROUGH=1` tries 10,000 schedules.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, select, true

from app import create_app
from engine import clock, config
from engine.db import Database
from engine.domain.due.calendar_slots import Slot
from engine.domain.due.rehearsal import rehearse
from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.time.clock_changes import changes
from engine.domain.timetables.occurrences import occurrences
from engine.models import Execution, Occurrence, ProducerSchedule, Trigger
from engine.queries.times import calendar
from engine.services.due import dispatch
from engine.services.people import users
from engine.services.workflows import triggers
from tests.domain.dice import ZONES, Dice
from tests.support.stories import Clock, Engine, add_live_workflow

AT = datetime(2026, 11, 20, 20, 0, 30, tzinfo=UTC)
YEARS = timedelta(days=3 * 365)
DAY = timedelta(days=1)
MOMENTS = sorted({change.at for zone in ZONES for change in changes(zone, AT, AT + YEARS)})
EXAMPLES = 10_000 if os.environ.get("CARILLON_THOROUGH") else 240
# So many at a time as one workflow may have, with room to spare.
PER_MOMENT = min(40, -(-EXAMPLES // len(MOMENTS)))
ROUNDS = -(-EXAMPLES // (len(MOMENTS) * PER_MOMENT))
MOST_ASKED = 100


class Start(NamedTuple):
    trigger_id: str
    document: dict[str, Any]
    schedule: Schedule
    times: list[datetime]


@pytest.fixture
def engine(database: Database, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """With the clock that the application looks at."""
    moved = Clock(AT)
    monkeypatch.setattr(clock, "now", lambda: moved.at)
    return Engine(database, moved)


@pytest.fixture
def preview(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[Any]:
    """Ask the interface for the next times of a schedule."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with engine.database.transaction() as uow:
        ann = users.create_admin(uow, email="ann@example.org", name="Ann", password="correct horse battery",
                                 timezone="UTC", at=AT, hasher=hasher)
        _, token = users.create_token(uow, user_id=ann, name="t", scopes=["write"], at=AT)
    headers = {"Authorization": f"Bearer {token}"}
    settings = config.load({"CARILLON_HOME": str(tmp_path), "DATABASE_URL": database_url})
    app = create_app(replace(settings, redis_url=f"unix://{tmp_path}/no-redis.sock"))
    client = app.test_client()

    def ask(document: dict[str, Any]) -> list[datetime]:
        order = {"schedule": document, "count": MOST_ASKED, "after": engine.clock.at.isoformat()}
        answer = client.post("/api/schedules/preview", json=order, headers=headers)
        assert answer.status_code == 200, answer.text
        return [datetime.fromisoformat(moment) for moment in answer.json["next"]]

    yield ask
    app.extensions["carillon"].database.close()


def test_all_ways_of_asking_name_the_same_times(engine: Engine, preview: Any) -> None:
    workflow_id, dice, seen = add_live_workflow(engine.database, AT, []), Dice(3), 0
    for moment in MOMENTS * ROUNDS:
        engine.clock.at = begin = moment - DAY
        end = begin + 2 * DAY
        starts = _add_starts(engine, workflow_id, dice, end)
        _check_calendar(engine, starts, begin, end)
        for start in starts:
            asked = preview(start.document)
            assert [at for at in asked if at <= end] == start.times[:MOST_ASKED], start
            rehearsed = rehearse(start.schedule, [timedelta(hours=5)], begin, days=2)
            assert (rehearsed.due, rehearsed.until) == (len(start.times), end), start
        _fire_until(engine, end, dice)
        _check_fired(engine, starts)
        seen += sum(len(start.times) for start in starts)
        _forget(engine)
    assert seen > 3 * EXAMPLES


def _add_starts(engine: Engine, workflow_id: str, dice: Dice, end: datetime) -> list[Start]:
    """Save schedules now, as a person would."""
    at, starts = engine.clock.at, list[Start]()
    with engine.database.transaction() as uow:
        for document, schedule in islice(_readable(dice, at), PER_MOMENT):
            trigger_id = triggers.add(uow, workflow_id, name=f"start {len(starts)}", kind="schedule", by=None,
                                      at=at, schedule=schedule)
            starts.append(Start(trigger_id, document, schedule, list(occurrences(schedule, at, until=end))))
    return starts


def _readable(dice: Dice, at: datetime) -> Iterator[tuple[dict[str, Any], Schedule]]:
    while True:
        document = dice.document()
        try:
            schedule = parse_schedule(document, at=at)
        except Invalid as refused:
            assert refused.error_code in ("never", "crowd"), (document, refused)
        else:
            yield document, schedule


def _check_calendar(engine: Engine, starts: Sequence[Start], begin: datetime, end: datetime) -> None:
    slot = Slot(begin.date(), 0, begin, end + timedelta(microseconds=1))
    with engine.database.reading() as connection:
        plans = calendar.plans(connection, calendar.Scope(true()), [slot], begin).found
    due = {plan.start.trigger_id: plan.due for plan in plans}
    assert due.keys() == {start.trigger_id for start in starts if start.times}
    for start in (start for start in starts if start.times):
        shown = due[start.trigger_id]
        times = start.times[:len(shown.moments)] if shown.is_often else start.times
        assert list(shown.moments) == times, start


def _fire_until(engine: Engine, end: datetime, dice: Dice) -> None:
    """Tick as a leader does, now and then some seconds late."""
    while (due := engine.do(dispatch.next_due)) is not None and due <= end:
        engine.clock.at = min(end, due + timedelta(seconds=dice.choice((0, 0, 1, 50))))
        engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))


def _check_fired(engine: Engine, starts: Sequence[Start]) -> None:
    with engine.database.reading() as connection:
        rows = connection.execute(select(Occurrence.trigger_id, Occurrence.scheduled_at, Occurrence.outcome)
                                  .order_by(Occurrence.scheduled_at)).all()
    assert {row.outcome for row in rows} <= {"started"}
    for start in starts:
        fired = [row.scheduled_at for row in rows if row.trigger_id == start.trigger_id]
        assert fired == start.times, start


def _forget(engine: Engine) -> None:
    with engine.database.transaction() as uow:
        for model in (Execution, Occurrence, ProducerSchedule, Trigger):
            uow.execute(delete(model))
