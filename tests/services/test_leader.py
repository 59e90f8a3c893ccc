"""One process leads at a time; another takes over when it dies, freezes or goes."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.db import UnitOfWork
from engine.domain.errors import LeaseLost
from engine.models import Occurrence
from engine.scheduler.leader import Leader
from engine.services.server import leadership
from tests.services.conftest import EVERY_5_SECONDS, add_schedule
from tests.support.stories import Engine


def _leader(engine: Engine, name: str) -> Leader:
    return Leader(engine.database, name)


def test_of_two_candidates_one_leads_and_the_other_takes_over_when_it_dies(engine: Engine) -> None:
    first, second = _leader(engine, "a"), _leader(engine, "b")
    first.tick(engine.clock.now)
    second.tick(engine.clock.now)
    assert (first.leads, second.leads) == (True, False)
    engine.clock.pass_time(seconds=6)
    second.tick(engine.clock.now)
    assert second.leads


def test_a_leader_that_froze_finds_its_term_gone_and_writes_nothing(
    engine: Engine, workflow_id: str
) -> None:
    frozen, successor = _leader(engine, "a"), _leader(engine, "b")
    frozen.tick(engine.clock.now)
    engine.clock.pass_time(seconds=15)
    successor.tick(engine.clock.now)
    add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    engine.clock.pass_time(seconds=5)
    frozen.tick(engine.clock.now)
    assert not frozen.leads
    with engine.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Occurrence)).scalar_one() == 0


def test_a_leader_that_resigns_is_followed_at_once(engine: Engine) -> None:
    first, second = _leader(engine, "a"), _leader(engine, "b")
    first.tick(engine.clock.now)
    first.resign(engine.clock.at)
    second.tick(engine.clock.now)
    assert second.leads


def test_an_old_term_can_not_be_confirmed(engine: Engine) -> None:
    at, lasting = engine.clock.at, timedelta(seconds=5)

    def confirm(uow: UnitOfWork) -> None:
        leadership.confirm(uow, "a", 1, lasting, at)

    assert engine.do(lambda uow: leadership.acquire(uow, "a", lasting, at)) == 1
    later = at + timedelta(seconds=6)
    assert engine.do(lambda uow: leadership.acquire(uow, "b", lasting, later)) == 2
    with pytest.raises(LeaseLost):
        engine.do(confirm)


def test_a_tick_asks_to_be_woken_for_the_next_due_time(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    leader = _leader(engine, "a")
    assert leader.tick(engine.clock.now) == engine.clock.at + timedelta(seconds=1)
    engine.clock.pass_time(seconds=4, milliseconds=700)
    assert leader.tick(engine.clock.now) == engine.clock.at + timedelta(milliseconds=300)
