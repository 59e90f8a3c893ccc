"""A new release of the time zones moves the starts of the zones it changed, and fires nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from engine.models import ProducerSchedule
from engine.scheduler.leader import Leader
from engine.services.planning import zone_rules
from tests.services.conftest import add_schedule, ledger_of, schedules_of
from tests.support.stories import Engine

BERLIN = {"daily": {"times": ["12:00"]}, "timezone": "Europe/Berlin"}
TOKYO = {"daily": {"times": ["21:00"]}, "timezone": "Asia/Tokyo"}


def lead(engine: Engine, name: str) -> None:
    leader = Leader(engine.database, name)
    leader.tick(engine.clock.now)
    leader.resign(engine.clock.at)


def test_new_rules_of_a_zone_move_its_starts_only(
    engine: Engine, workflow_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 31: the time zone data was replaced while the app was off."""
    berlin = add_schedule(engine, workflow_id, "berlin", BERLIN)
    add_schedule(engine, workflow_id, "tokyo", TOKYO)
    right = schedules_of(engine, workflow_id)["berlin"].next_run_at
    real = zone_rules._rules
    with monkeypatch.context() as old_release:
        old_release.setattr(zone_rules, "_rules", lambda zone, year: f"old {zone}"
                            if zone == "Europe/Berlin" else real(zone, year))
        lead(engine, "a")
    with engine.database.transaction() as uow:
        uow.execute(update(ProducerSchedule).values(next_run_at=right + timedelta(hours=1)))
    engine.clock.pass_time(seconds=2)
    lead(engine, "b")
    rows = schedules_of(engine, workflow_id)
    assert (rows["berlin"].next_run_at, rows["tokyo"].next_run_at) == (right, right + timedelta(hours=1))
    assert ledger_of(engine, berlin) == []


def test_the_turn_of_the_year_is_no_new_release(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "berlin", BERLIN)
    engine.do(lambda uow: zone_rules.follow(uow, engine.clock.at))
    engine.clock.at += timedelta(days=365)
    assert engine.do(lambda uow: zone_rules.follow(uow, engine.clock.at)) == []
