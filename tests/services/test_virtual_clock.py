"""Over days of a virtual clock, what the dispatcher fires is what `occurrences` says, for any schedule."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.errors import Conflict, Invalid
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.timetables.occurrences import occurrences
from engine.queries.times import surroundings
from engine.services.due import dispatch, overrides
from engine.services.planning import blackouts
from engine.services.planning.blackouts import Terms
from tests.domain.strategies import documents
from tests.services.conftest import NOTE, add_schedule, ledger_of
from tests.support.stories import Engine, add_live_workflow

# Each crosses a night in which clocks change: in the whole of Europe, in the United States and Cuba.
STARTS = [datetime(2027, 3, 27, 20, tzinfo=UTC), datetime(2026, 10, 31, 20, tzinfo=UTC)]
LENGTH = timedelta(days=2)
LATEST = 50
SIDE_BY_SIDE = {"policies": {"overlap": "allow"}}


def readable(documents: list[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    found = []
    for document in documents:
        try:
            parse_schedule(document, at=at)
        except Invalid:  # it would never run
            continue
        found.append({**document, **SIDE_BY_SIDE})
    return found


def let_pass(engine: Engine, until: datetime, random: Random) -> None:
    """Tick whenever something is due, now and then too late, as a busy machine does."""
    while True:
        due = engine.do(dispatch.next_due)
        if due is None or due > until:
            return
        engine.clock.at = max(engine.clock.at, due + timedelta(seconds=random.choice([0, 0, 3, LATEST])))
        engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))


@pytest.mark.parametrize("start", STARTS, ids=["spring", "autumn"])
@given(st.lists(documents, min_size=15, max_size=15), st.integers(0, 1000))
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_fired_is_what_is_planned(
    engine: Engine, start: datetime, documents: list[dict[str, Any]], seed: int
) -> None:
    engine.clock.at = start
    workflow_id = add_live_workflow(engine.database, start, NOTE)
    planned: Mapping[str, Schedule] = {
        add_schedule(engine, workflow_id, f"p{number}", document): parse_schedule(document, at=start)
        for number, document in enumerate(readable(documents, start))
    }
    let_pass(engine, start + LENGTH, Random(seed))
    for trigger_id, schedule in planned.items():
        fired = [row.scheduled_at for row in ledger_of(engine, trigger_id) if row.outcome == "started"]
        expected = list(occurrences(schedule, start, until=start + LENGTH))
        assert [moment for moment in fired if moment <= start + LENGTH] == expected
    engine.do(lambda uow: uow.connection.exec_driver_sql("DELETE FROM producer_schedules"))


def decide_about(engine: Engine, trigger_id: str, schedule: Schedule, random: Random) -> None:
    """Skip some of the first times and move others, as people do."""
    for moment in occurrences(schedule, engine.clock.at, limit=6):
        to = moment + timedelta(minutes=random.randint(1, 300))
        with suppress(Conflict):
            if random.random() < 0.3:
                engine.do(lambda uow, moment=moment: overrides.skip(
                    uow, trigger_id, moment, by="x", at=engine.clock.at))
            elif random.random() < 0.4:
                engine.do(lambda uow, moment=moment, to=to: overrides.move(
                    uow, trigger_id, moment, to, by="x", at=engine.clock.at))


@given(st.lists(documents, min_size=10, max_size=10), st.integers(0, 1000))
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_surrounds_a_schedule_holds_for_plan_and_dispatcher_alike(
    engine: Engine, documents: list[dict[str, Any]], seed: int
) -> None:
    start, random = STARTS[0], Random(seed)
    engine.clock.at = start
    workflow_id = add_live_workflow(engine.database, start, NOTE)
    blackout = Terms("Freeze", *(datetime.fromisoformat(f"2027-03-28T{hour}") for hour in ("10:00", "13:00")),
                     "Europe/Berlin", workflow_ids=[workflow_id])
    engine.do(lambda uow: blackouts.add(uow, blackout, by="x", at=start))
    planned = {
        add_schedule(engine, workflow_id, f"p{number}", document): parse_schedule(document, at=start)
        for number, document in enumerate(readable(documents, start))
    }
    for trigger_id, schedule in planned.items():
        decide_about(engine, trigger_id, schedule, random)
    with engine.database.reading() as connection:
        around = surroundings.of(connection, list(planned), after=start)
    let_pass(engine, start + LENGTH, random)
    for trigger_id, schedule in planned.items():
        fired = [row.scheduled_at for row in ledger_of(engine, trigger_id) if row.outcome == "started"]
        expected = list(occurrences(schedule, start, until=start + LENGTH, around=around[trigger_id]))
        assert [moment for moment in fired if moment <= start + LENGTH] == expected
    engine.do(lambda uow: uow.connection.exec_driver_sql("DELETE FROM producer_schedules"))
    engine.do(lambda uow: uow.connection.exec_driver_sql("DELETE FROM blackouts"))
