"""A leader with nothing to do reads and writes nothing, and keeps its lease all the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from engine.domain.errors import LeaseLost
from engine.models import Leader as Lease
from engine.models import Occurrence
from engine.scheduler.leader import Leader
from engine.services.server import leadership
from tests.services.conftest import EVERY_5_SECONDS, add_schedule, ledger_of
from tests.support.stories import Engine


@pytest.fixture
def writes(engine: Engine) -> Iterator[list[str]]:
    """The statements that changed anything."""
    seen: list[str] = []

    def watch(_connection, _cursor, statement, *_rest) -> None:
        if statement.split(maxsplit=1)[0] not in ("SELECT", "BEGIN"):
            seen.append(statement)

    for one in {engine.database.writer, engine.database.reader}:
        event.listen(one, "before_cursor_execute", watch)
    yield seen
    for one in {engine.database.writer, engine.database.reader}:
        event.remove(one, "before_cursor_execute", watch)


def test_a_tick_without_anything_due_writes_nothing(engine: Engine, writes: list[str]) -> None:
    leader = Leader(engine.database, "a")
    leader.tick(engine.clock.now)
    writes.clear()
    engine.clock.pass_time(seconds=1)
    leader.tick(engine.clock.now)
    assert not writes


def test_a_candidate_that_waits_writes_nothing(engine: Engine, writes: list[str]) -> None:
    Leader(engine.database, "a").tick(engine.clock.now)
    writes.clear()
    second = Leader(engine.database, "b")
    second.tick(engine.clock.now)
    assert (writes, second.leads) == ([], False)


def test_an_idle_leader_keeps_its_lease(engine: Engine) -> None:
    first, second = Leader(engine.database, "a"), Leader(engine.database, "b")
    for _ in range(30):
        first.tick(engine.clock.now)
        second.tick(engine.clock.now)
        engine.clock.pass_time(seconds=1)
    assert (first.leads, second.leads) == (True, False)


def test_at_any_moment_an_idle_leader_has_two_seconds_of_its_lease_left(engine: Engine) -> None:
    leader, left = Leader(engine.database, "a"), []
    for _ in range(30):
        leader.tick(engine.clock.now)
        engine.clock.pass_time(milliseconds=990)
        with engine.database.reading() as connection:
            left.append(connection.execute(select(Lease.expires_at)).scalar_one() - engine.clock.at)
    assert min(left) > timedelta(seconds=2)


def test_a_due_time_between_two_renewals_is_not_late(engine: Engine, workflow_id: str) -> None:
    leader = Leader(engine.database, "a")
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    for _ in range(5):
        leader.tick(engine.clock.now)
        engine.clock.pass_time(seconds=1)
    leader.tick(engine.clock.now)
    (row,) = ledger_of(engine, trigger_id)
    assert row.created_at == row.scheduled_at == engine.clock.at


def test_what_is_due_is_left_to_who_leads_now(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    frozen = Leader(engine.database, "a")
    engine.clock.pass_time(milliseconds=4_500)
    frozen.tick(engine.clock.now)
    engine.do(lambda uow: uow.execute(update(Lease).values(owner="b", term=Lease.term + 1)))
    engine.clock.pass_time(milliseconds=500)
    frozen.tick(engine.clock.now)
    assert not frozen.leads
    with engine.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Occurrence)).scalar_one() == 0


def test_a_lease_that_was_taken_over_is_not_renewed(engine: Engine) -> None:
    leader = Leader(engine.database, "a")
    leader.tick(engine.clock.now)
    engine.do(lambda uow: uow.execute(update(Lease).values(owner="b", term=Lease.term + 1)))
    with pytest.raises(LeaseLost):
        engine.do(lambda uow: leadership.confirm(uow, "a", 1, timedelta(seconds=5), engine.clock.at))
    engine.clock.pass_time(seconds=2)
    leader.tick(engine.clock.now)
    assert not leader.leads
