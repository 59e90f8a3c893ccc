"""The app is off from Friday evening to Monday morning: every time is on record, no storm follows."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.errors import Conflict
from engine.models import Outage
from engine.scheduler.leader import Leader
from engine.services.due import outages
from tests.services.conftest import add_schedule, ledger_of, schedules_of
from tests.services.test_dispatch import outcomes, tick
from tests.support.stories import Engine, add_user

FRIDAY_6PM = datetime(2026, 3, 6, 17, tzinfo=UTC)
MONDAY_8AM = datetime(2026, 3, 9, 7, tzinfo=UTC)
# Saturday, Sunday and Monday at seven in Berlin: two and a half days, 25 and one hour before it comes back.
DAILY = {"daily": {"times": ["07:00"]}, "timezone": "Europe/Berlin"}
MISSED = [datetime(2026, 3, day, 6, tzinfo=UTC) for day in (7, 8, 9)]


def after_the_weekend(engine: Engine, workflow_id: str, missed: object, **policies: Any) -> str:
    """Add a daily start on Friday, and tick for the first time on Monday."""
    engine.clock.at = FRIDAY_6PM
    rule = {**DAILY, "policies": {"missed": missed, **policies}}
    trigger_id = add_schedule(engine, workflow_id, "report", rule)
    engine.clock.at = MONDAY_8AM
    tick(engine)
    return trigger_id


def told(engine: Engine, trigger_id: str) -> list[tuple[str, str | None]]:
    assert [row.scheduled_at for row in ledger_of(engine, trigger_id)] == MISSED
    return outcomes(engine, trigger_id)


def run_states(engine: Engine, trigger_id: str) -> list[tuple[str, str | None, datetime | None]]:
    rows = [engine.execution(row.execution_id) for row in ledger_of(engine, trigger_id) if row.execution_id]
    return [(row.status, row.reason, row.wake_at) for row in rows]


@pytest.mark.parametrize(("missed", "expected"), [
    ("once", [("missed", "covered"), ("missed", "covered"), ("started", None)]),
    ({"rule": "once", "within": "30m"}, [("missed", "too_old")] * 3),
    ("skip", [("missed", "skip_missed")] * 3),
    ("ask", [("missed", "asked")] * 3),
    ({"rule": "all", "limit": 2}, [("missed", "over_limit"), ("started", None), ("started", None)]),
], ids=["once", "once, too long ago", "skip", "ask", "all, at most two"])
def test_each_rule_for_missed_times_over_a_weekend(
    engine: Engine, workflow_id: str, missed: object, expected: list[tuple[str, str | None]]
) -> None:
    trigger_id = after_the_weekend(engine, workflow_id, missed)
    assert told(engine, trigger_id) == expected
    assert schedules_of(engine, workflow_id)["report"].next_run_at == datetime(2026, 3, 10, 6, tzinfo=UTC)


def test_all_missed_runs_start_one_after_the_other(engine: Engine, workflow_id: str) -> None:
    trigger_id = after_the_weekend(engine, workflow_id, {"rule": "all", "pace": "2m"})
    assert run_states(engine, trigger_id) == [
        ("pending", None, None), ("waiting", "overlap", MONDAY_8AM + timedelta(minutes=2)),
        ("waiting", "overlap", MONDAY_8AM + timedelta(minutes=4))]
    leader = Leader(engine.database, "a")
    engine.clock.pass_time(minutes=5)
    leader.tick(engine.clock.now)
    assert [state[:2] for state in run_states(engine, trigger_id)] == [
        ("pending", None), ("pending", "overlap"), ("pending", "overlap")]
    for number in range(3):
        engine.advance(ledger_of(engine, trigger_id)[number].execution_id)
    assert [state[0] for state in run_states(engine, trigger_id)] == ["completed"] * 3


def test_what_is_too_late_is_not_run_even_once(engine: Engine, workflow_id: str) -> None:
    trigger_id = after_the_weekend(engine, workflow_id, "once", too_late="30m")
    assert told(engine, trigger_id)[-1] == ("skipped", "too_late")


def test_asked_runs_are_released_paced_and_linked(engine: Engine, workflow_id: str) -> None:
    ann = add_user(engine.database, engine.clock.at)
    trigger_id = after_the_weekend(engine, workflow_id, {"rule": "ask", "pace": "1m"})
    released = engine.do(lambda uow: outages.run_missed(uow, None, by=ann, at=engine.clock.at))
    rows = ledger_of(engine, trigger_id)
    assert [(row.outcome, row.reason, row.execution_id) for row in rows] == [
        ("started", "released", execution_id) for execution_id in released]
    assert rows[0].reason_data == {"by": "Ann"}
    assert [state[2] for state in run_states(engine, trigger_id)] == [
        None, MONDAY_8AM + timedelta(minutes=1), MONDAY_8AM + timedelta(minutes=2)]
    assert engine.do(lambda uow: outages.run_missed(uow, None, by=ann, at=engine.clock.at)) == []


def test_some_are_picked_and_the_rest_let_go(engine: Engine, workflow_id: str) -> None:
    ann = add_user(engine.database, engine.clock.at)
    trigger_id = after_the_weekend(engine, workflow_id, "ask")
    last = ledger_of(engine, trigger_id)[-1].id
    engine.do(lambda uow: outages.run_missed(uow, [last], by=ann, at=engine.clock.at))
    assert engine.do(lambda uow: outages.dismiss(uow, None, by=ann, at=engine.clock.at)) == 2
    assert outcomes(engine, trigger_id) == [("missed", "dismissed")] * 2 + [("started", "released")]


def test_beyond_a_thousand_one_row_stands_for_the_range(engine: Engine, workflow_id: str) -> None:
    engine.clock.at = FRIDAY_6PM
    trigger_id = add_schedule(engine, workflow_id, "minutely", {"interval": "1m", "align": "clock"})
    engine.clock.at = MONDAY_8AM
    tick(engine)
    rows = ledger_of(engine, trigger_id)
    minutes = int((MONDAY_8AM - FRIDAY_6PM).total_seconds()) // 60
    assert (len(rows), rows[0].scheduled_at) == (1001, FRIDAY_6PM + timedelta(minutes=1))
    assert rows[0].reason_data == {
        "count": minutes - 1000, "until": (MONDAY_8AM - timedelta(minutes=1000)).isoformat()}
    assert rows[1].scheduled_at == MONDAY_8AM - timedelta(minutes=999)
    assert Counter(row.outcome for row in rows) == {"missed": 999, "started": 2}


def test_many_starts_after_a_long_outage_are_dispatched_bit_by_bit(engine: Engine, workflow_id: str) -> None:
    engine.clock.at = FRIDAY_6PM
    starts = [add_schedule(engine, workflow_id, f"p{number}", {"interval": "1m"}) for number in range(8)]
    engine.clock.at = MONDAY_8AM
    leader = Leader(engine.database, "a")
    leader.tick(engine.clock.now)
    assert [len(ledger_of(engine, trigger_id)) for trigger_id in starts] == [1001] * 8


def outage_rows(engine: Engine) -> list[Any]:
    with engine.database.reading() as connection:
        return list(connection.execute(select(*Outage.__table__.columns)))


def test_an_outage_is_on_record_from_the_last_tick_to_the_first(engine: Engine) -> None:
    ann, start = add_user(engine.database, engine.clock.at), engine.clock.at
    Leader(engine.database, "a").tick(engine.clock.now)
    engine.clock.pass_time(seconds=50)
    successor = Leader(engine.database, "b")
    successor.tick(engine.clock.now)
    assert outage_rows(engine) == []
    back = engine.clock.pass_time(hours=62)
    successor.tick(engine.clock.now)
    (row,) = outage_rows(engine)
    assert (row.started_at, row.ended_at) == (start + timedelta(seconds=50), back)
    engine.do(lambda uow: outages.handle(uow, row.id, by=ann, at=back))
    with pytest.raises(Conflict):
        engine.do(lambda uow: outages.handle(uow, row.id, by=ann, at=back))
