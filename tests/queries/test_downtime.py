"""After an outage a person sees what was missed, by start, and what waits for an answer."""

from datetime import timedelta

from sqlalchemy import true

from engine.queries.overview import downtime
from engine.scheduler.leader import Leader
from engine.services.due import outages
from tests.services.conftest import add_schedule
from tests.support.stories import Engine, add_user


def test_what_was_missed_is_told_by_start_until_somebody_answers(engine: Engine, workflow_id: str) -> None:
    ann = add_user(engine.database, engine.clock.at)
    leader = Leader(engine.database, "a")
    leader.tick(engine.clock.now)
    for name, missed in (("asks", "ask"), ("skips", "skip")):
        add_schedule(engine, workflow_id, name, {"interval": "1h", "policies": {"missed": missed}})
    engine.clock.pass_time(hours=3, minutes=30)
    leader.tick(engine.clock.now)
    with engine.database.reading() as connection:
        (outage,) = downtime.unhandled(connection)
        found = downtime.missed(connection, true(), outage.started_at, outage.ended_at)
        asked = downtime.asked(connection, true())
        assert downtime.asking(connection, true()) == 3
    assert [(one.trigger_name, one.count, one.asks) for one in found] == [
        ("asks", 3, True), ("skips", 3, False)]
    assert (found[0].latest_id, found[0].latest_at) == (
        asked[-1].id, engine.clock.at - timedelta(minutes=30))
    engine.do(lambda uow: outages.dismiss(uow, None, by=ann, at=engine.clock.at))
    engine.do(lambda uow: outages.handle(uow, outage.id, by=ann, at=engine.clock.at))
    with engine.database.reading() as connection:
        assert (downtime.asking(connection, true()), downtime.unhandled(connection)) == (0, [])


def test_a_range_counts_all_its_times(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "often", {"interval": "1m"})
    start = engine.clock.at
    leader = Leader(engine.database, "a")
    leader.tick(engine.clock.now)
    engine.clock.pass_time(days=2)
    leader.tick(engine.clock.now)
    with engine.database.reading() as connection:
        (found,) = downtime.missed(connection, true(), start, engine.clock.at)
    assert found.count == 2 * 24 * 60 - 2
