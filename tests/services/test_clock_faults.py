"""The clock of the machine is wrong, set, or changed by law; each due time still runs once."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from engine.domain.schedules.schedules import parse_schedule
from engine.domain.timetables.occurrences import occurrences
from engine.scheduler.leader import Leader
from engine.services.runs import recovery
from tests.services.conftest import NOTE, add_schedule, ledger_of, schedules_of
from tests.services.test_dispatch import _seed_due
from tests.support.stories import Engine, add_live_workflow

EVERY_5_MINUTES = {"interval": "5m", "align": "clock", "policies": {"overlap": "allow"}}
HOUR = timedelta(hours=1)


def lead(engine: Engine, leader: Leader, **amount: float) -> None:
    """Let this amount of time pass, with a tick now and then."""
    end = engine.clock.at + timedelta(**amount)
    while engine.clock.at < end:
        engine.clock.pass_time(seconds=20)
        leader.tick(engine.clock.now)


def fired(engine: Engine, trigger_id: str) -> list[datetime]:
    return [row.scheduled_at for row in ledger_of(engine, trigger_id) if row.outcome == "started"]


def test_after_ten_minutes_without_a_leader_each_start_runs_once(engine: Engine, workflow_id: str) -> None:
    """Fault 4: what a schedule of every minute missed is on record, with one run for all of it."""
    every_minute = {"interval": "1m", "align": "clock"}
    ids = [add_schedule(engine, workflow_id, f"start {number}", every_minute) for number in range(3)]
    leader = Leader(engine.database, "a")
    leader.tick(engine.clock.now)
    start = engine.clock.at
    engine.clock.pass_time(minutes=10, seconds=30)
    leader.tick(engine.clock.now)
    for trigger_id in ids:
        rows = ledger_of(engine, trigger_id)
        assert [row.scheduled_at - start for row in rows] == [timedelta(minutes=n) for n in range(1, 11)]
        told = [(row.outcome, row.reason) for row in rows]
        assert told == [("missed", "covered")] * 9 + [("started", None)]


def test_five_thousand_due_at_once_are_all_claimed_with_their_own_time(
    engine: Engine, workflow_id: str
) -> None:
    """Fault 7: a tick has more to do than fits into the time until the next."""
    _seed_due(engine, workflow_id, 5_000)
    due = engine.clock.at
    engine.clock.pass_time(seconds=7)
    leader = Leader(engine.database, "a")
    leader.tick(engine.clock.now)
    with engine.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT count(*), count(DISTINCT trigger_id), count(DISTINCT scheduled_at) FROM occurrences"
        ).one()
    assert tuple(rows) == (5_000, 5_000, 1)
    assert {row.next_run_at for row in schedules_of(engine, workflow_id).values()} == {due + HOUR}


def test_a_clock_set_ahead_by_two_hours_catches_up_once(engine: Engine, workflow_id: str) -> None:
    """Fault 28: the due times between follow the rule for missed times; nothing comes again."""
    trigger_id = add_schedule(engine, workflow_id, "often", EVERY_5_MINUTES)
    leader = Leader(engine.database, "a")
    lead(engine, leader, minutes=6)
    engine.clock.at += 2 * HOUR
    lead(engine, leader, minutes=6)
    rows = ledger_of(engine, trigger_id)
    gaps = {later.scheduled_at - row.scheduled_at for row, later in zip(rows, rows[1:], strict=False)}
    assert gaps == {timedelta(minutes=5)}
    assert [row.reason for row in rows if row.outcome == "missed"] == ["covered"] * 23
    assert sum(row.outcome == "started" for row in rows) == 3


def test_a_clock_set_back_by_an_hour_repeats_nothing_and_stops_nothing(
    engine: Engine, workflow_id: str
) -> None:
    """Fault 29: times that ran do not run again; who is planned anew is not held up by an hour."""
    before = add_schedule(engine, workflow_id, "before", EVERY_5_MINUTES)
    leader = Leader(engine.database, "a")
    lead(engine, leader, minutes=12)
    ran, right = fired(engine, before), engine.clock.at
    engine.clock.at -= HOUR
    anew = add_schedule(engine, workflow_id, "anew", EVERY_5_MINUTES)
    lead(engine, leader, minutes=11)
    assert (fired(engine, before), len(fired(engine, anew))) == (ran, 2)
    engine.clock.at = right
    lead(engine, leader, minutes=5)
    assert fired(engine, before) == [*ran, ran[-1] + timedelta(minutes=5)]


def test_after_a_clock_was_set_back_a_dead_leader_is_followed_at_once(engine: Engine) -> None:
    """Fault 29: its lease would last for as long as the clock was wrong."""
    dead, successor = Leader(engine.database, "a"), Leader(engine.database, "b")
    dead.tick(engine.clock.now)
    engine.clock.at -= HOUR
    successor.tick(engine.clock.now)
    assert successor.leads


def test_after_a_clock_was_set_back_a_dead_worker_is_followed_within_minutes(engine: Engine) -> None:
    """Fault 29: the lease of its run would last for as long as the clock was wrong."""
    execution_id = engine.start(add_live_workflow(engine.database, engine.clock.at, NOTE))
    with engine.database.transaction() as uow:
        uow.connection.exec_driver_sql(
            "UPDATE executions SET status = 'running', lease_owner = 'dead', lease_epoch = 1, "
            f"lease_expires_at = '{engine.clock.at + timedelta(seconds=15):%Y-%m-%d %H:%M:%S.%f}'")
    engine.clock.at -= HOUR
    engine.do(lambda uow: recovery.sweep(uow, engine.clock.at))
    engine.clock.pass_time(minutes=5, seconds=1)
    engine.advance(execution_id)
    assert engine.execution(execution_id).status == "completed"


@pytest.mark.parametrize(("zone", "night"), [
    ("America/New_York", datetime(2025, 3, 9, 4, 30, tzinfo=UTC)),
    ("America/New_York", datetime(2025, 11, 2, 3, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 4, 5, 12, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 10, 4, 13, 0, tzinfo=UTC)),
], ids=["New York, spring", "New York, autumn", "Lord Howe, autumn", "Lord Howe, spring"])
def test_in_a_night_of_a_clock_change_what_is_shown_is_what_happens(
    engine: Engine, zone: str, night: datetime
) -> None:
    """Fault 30: a gap and a repeated hour, live; Debian's rule is the oracle."""
    engine.clock.at = night
    workflow_id, end = add_live_workflow(engine.database, night, NOTE), night + timedelta(hours=5)
    rules = {text: {"cron": text, "timezone": zone, "policies": {"overlap": "allow"}}
             for text in ("30 2 * * *", "15 1 * * *", "*/20 * * * *", "0 * * * *", "10 1-3 * * *")}
    ids = {text: add_schedule(engine, workflow_id, f"{number}", rule)
           for number, (text, rule) in enumerate(rules.items())}
    leader = Leader(engine.database, "a")
    while engine.clock.at < end:
        engine.clock.pass_time(minutes=5)
        leader.tick(engine.clock.now)
    for text, trigger_id in ids.items():
        shown = list(occurrences(parse_schedule(rules[text], at=night), night, until=end))
        assert fired(engine, trigger_id) == shown == list(_debian(text, zone, night, end)), text


def _debian(text: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    oracle = (moment.astimezone(UTC) for moment in CronSim(text, start.astimezone(ZoneInfo(zone))))
    return list(takewhile(lambda moment: moment <= end, oracle))
