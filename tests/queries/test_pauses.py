"""A workflow that is paused until a date: what comes after it is planned, and nothing before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, true

from engine.domain.due.calendar_slots import slots
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Occurrence, ProducerSchedule, Trigger
from engine.queries.overview.next_hours import next_hours
from engine.queries.times import calendar, feeds, upcoming, why
from engine.queries.times.upcoming import Producer
from engine.queries.workflows import workflows
from engine.scheduler.leader import Leader
from engine.services.due import overrides
from engine.services.planning import blackouts
from engine.services.planning.blackouts import Terms
from engine.services.workflows import triggers
from engine.services.workflows import workflows as switching
from tests.queries.calendar_scene import EVERYTHING, add, look, shown
from tests.support.stories import Engine

HOURS = [10, 12, 14, 15, 16, 17, 20]
RULE = {"daily": {"times": [f"{hour}:00" for hour in HOURS]}, "timezone": "UTC"}
UNTIL = datetime(2026, 3, 2, 14, tzinfo=UTC)


@pytest.fixture
def start(engine: Engine) -> str:
    """A start of a workflow that is paused until 14:00."""
    start = add(engine, "Report", RULE)
    pause(engine, start)
    return start


def pause(engine: Engine, start: str, until: datetime | None = UNTIL) -> None:
    engine.do(lambda uow: switching.switch(
        uow, workflow_of(engine, start), "paused", by=None, at=engine.clock.at, until=until))


def workflow_of(engine: Engine, start: str) -> str:
    with engine.database.reading() as connection:
        return connection.execute(select(Trigger.workflow_id).where(Trigger.id == start)).scalar_one()


def planned(engine: Engine) -> list[datetime]:
    pieces = slots("day", date(2026, 3, 2), "UTC", date(2026, 3, 2))
    with engine.database.reading() as connection:
        return [moment for plan in calendar.plans(connection, EVERYTHING, pieces, engine.clock.at).found
                for moment in plan.due.moments]


def next_run(engine: Engine, start: str) -> datetime | None:
    with engine.database.reading() as connection:
        return workflows.by_id(connection, true(), workflow_of(engine, start)).next_run_at


def tick(engine: Engine, **lengths: int) -> None:
    engine.clock.pass_time(**lengths)
    leader = Leader(engine.database, "a")
    leader.tick(engine.clock.now)
    leader.resign(engine.clock.at)


def ledger(engine: Engine) -> list[Any]:
    with engine.database.reading() as connection:
        return list(connection.execute(select(Occurrence).order_by(Occurrence.scheduled_at)))


def test_the_calendar_shows_what_is_planned_from_the_end_of_the_pause(engine: Engine, start: str) -> None:
    assert [moment.hour for moment in planned(engine)] == [14, 15, 16, 17, 20]


def test_all_lists_agree_on_the_first_time(engine: Engine, start: str) -> None:
    producer = Producer(start, "Schedule", parse_schedule(RULE, at=engine.clock.at, stored=True))
    with engine.database.reading() as connection:
        strip = next_hours(connection, EVERYTHING, engine.clock.at, "UTC")
        (due, *_) = upcoming.upcoming(connection, [producer], engine.clock.at, 5)
        (plan,) = feeds.planned(connection, EVERYTHING, engine.clock.at)
        first = calendar.next_after(connection, EVERYTHING, engine.clock.at, engine.clock.at)
    first_hour = next(slot for slot, count in zip(strip.slots, strip.counts, strict=True) if count)
    assert first is not None
    assert {due.at, plan.due.moments[0], first[0], first_hour.start, next_run(engine, start)} == {UNTIL}


def test_what_was_planned_is_what_runs(engine: Engine, start: str) -> None:
    expected = planned(engine)
    for _ in range(12 * 14):
        tick(engine, minutes=5)
    assert [row.scheduled_at for row in ledger(engine)] == expected


def test_why_agrees(engine: Engine, start: str) -> None:
    with engine.database.reading() as connection:
        day = why.day(connection, start, date(2026, 3, 2), engine.clock.at, "UTC")
    assert [(line.scheduled_at.hour, line.kind) for line in day.lines] == [
        (hour, "planned" if hour >= UNTIL.hour else "not_planned") for hour in HOURS]


def test_a_pause_without_an_end_plans_nothing(engine: Engine, start: str) -> None:
    pause(engine, start, until=None)
    assert (planned(engine), next_run(engine, start)) == ([], None)
    assert shown(look(engine)) == []


def test_a_start_that_is_switched_off_stays_so(engine: Engine, start: str) -> None:
    engine.do(lambda uow: triggers.edit(uow, start, by=None, at=engine.clock.at, enabled=False))
    assert (planned(engine), next_run(engine, start)) == ([], None)


def test_going_on_sooner_plans_from_then(engine: Engine, start: str) -> None:
    workflow_id = workflow_of(engine, start)
    engine.do(lambda uow: switching.switch(uow, workflow_id, "on", by=None, at=engine.clock.at))
    assert next_run(engine, start) == engine.clock.at + timedelta(hours=1)


def test_a_blackout_at_the_end_of_the_pause_moves_the_first_time(engine: Engine, start: str) -> None:
    local = UNTIL.replace(tzinfo=None)
    engine.do(lambda uow: blackouts.add(
        uow, Terms("Freeze", local, local + timedelta(hours=2), "UTC"), by=None, at=engine.clock.at))
    assert next_run(engine, start) == UNTIL + timedelta(hours=2)
    with engine.database.reading() as connection:
        assert connection.execute(select(ProducerSchedule.state)).scalar_one() == "paused"


def test_a_time_after_the_pause_can_be_decided_about(engine: Engine, start: str) -> None:
    engine.do(lambda uow: overrides.skip(uow, start, UNTIL, by=None, at=engine.clock.at))
    assert next_run(engine, start) == UNTIL + timedelta(hours=1)
    assert planned(engine)[0] == UNTIL + timedelta(hours=1)


def test_what_the_app_missed_after_the_pause_is_on_record(engine: Engine, start: str) -> None:
    tick(engine, hours=8)  # 17:00: off since 9:00, the pause ended at 14:00
    tick(engine, minutes=1)
    found = {row.scheduled_at.hour: row.outcome for row in ledger(engine)}
    assert found == {14: "missed", 15: "missed", 16: "missed", 17: "started"}
