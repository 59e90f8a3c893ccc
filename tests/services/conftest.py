"""A workflow that is on, and ways to look at its schedules."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Occurrence, ProducerSchedule
from engine.services.workflows import triggers
from tests.support.stories import Clock, Engine, add_live_workflow, add_user

NOTE = [{"key": "note", "type": "write_log", "with": {"message": "hello"}}]
EVERY_5_SECONDS = {"interval": "5s"}
WEEKDAYS_AT_9 = {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"}
ONCE = {"once": "2026-03-03T18:00", "timezone": "Europe/Berlin"}


@pytest.fixture
def ann(engine: Engine) -> str:
    """The id of an administrator."""
    return add_user(engine.database, engine.clock.at)


@pytest.fixture
def workflow_id(database: Database, clock: Clock) -> str:
    return add_live_workflow(database, clock.at, NOTE)


@pytest.fixture
def ran(engine: Engine, workflow_id: str, clock: Clock) -> Callable[..., str]:
    """Run a workflow so many days ago; gives the run's id."""
    def run(days_ago: int, which: str = workflow_id) -> str:
        now = clock.at
        clock.at = now - timedelta(days=days_ago)
        execution_id: str = engine.run(which).id
        clock.at = now
        return execution_id

    return run


def add_schedule(engine: Engine, workflow_id: str, name: str, rule: Mapping[str, Any], **more: Any) -> str:
    schedule = parse_schedule(rule, at=engine.clock.at, timezone="UTC")
    trigger_id: str = engine.do(lambda uow: triggers.add(
        uow, workflow_id, name=name, kind="schedule", by=None, at=engine.clock.at, schedule=schedule, **more,
    ))
    return trigger_id


def schedules_of(engine: Engine, workflow_id: str) -> dict[str, Any]:
    """The schedule rows of a workflow by producer name."""
    with engine.database.reading() as connection:
        rows = connection.execute(
            select(*ProducerSchedule.__table__.columns)
            .where(ProducerSchedule.workflow_id == workflow_id)
        ).all()
    return {row.producer_name: row for row in rows}


def ledger_of(engine: Engine, trigger_id: str) -> list[Any]:
    with engine.database.reading() as connection:
        return list(connection.execute(
            select(*Occurrence.__table__.columns).where(Occurrence.trigger_id == trigger_id)
            .order_by(Occurrence.scheduled_at)
        ))
