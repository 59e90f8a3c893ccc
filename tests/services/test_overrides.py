"""One due time is skipped, moved, run early or given other inputs; the rest of the schedule stays."""

from datetime import datetime, timedelta

import pytest

from engine.domain.errors import Conflict, Invalid
from engine.domain.schedules.schedules import parse_schedule
from engine.scheduler.leader import Leader
from engine.services.due import overrides
from engine.services.workflows import triggers, workflows
from tests.services.conftest import add_schedule, ledger_of, schedules_of
from tests.services.test_dispatch import tick
from tests.support.stories import Engine


@pytest.fixture
def hourly(engine: Engine, workflow_id: str) -> str:
    return add_schedule(engine, workflow_id, "hourly", {"interval": "1h", "align": "clock"}, inputs={"a": 1})


def hour(engine: Engine, number: int) -> datetime:
    return datetime(2026, 3, 2, 9, tzinfo=engine.clock.at.tzinfo) + timedelta(hours=number)


def pass_hours(engine: Engine, hours: int) -> None:
    """Let the leader work through some hours, minute by minute."""
    leader = Leader(engine.database, "a")
    for _ in range(hours * 60):
        engine.clock.pass_time(minutes=1)
        leader.tick(engine.clock.now)
        for row in pending(engine):
            engine.advance(row)


def pending(engine: Engine) -> list[str]:
    with engine.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT id FROM executions WHERE status = 'pending'")
        return list(found.scalars())


def told(engine: Engine, trigger_id: str) -> list[tuple[datetime, str, str | None]]:
    return [(row.scheduled_at, row.outcome, row.reason) for row in ledger_of(engine, trigger_id)]


def test_a_skipped_time_does_not_run_and_says_who_skipped_it(engine: Engine, hourly: str, ann: str) -> None:
    at = engine.clock.at
    engine.do(lambda uow: overrides.skip(uow, hourly, hour(engine, 1), by=ann, at=at, note="fair"))
    assert next_time(engine, hourly) == hour(engine, 2)
    pass_hours(engine, 2)
    assert told(engine, hourly) == [
        (hour(engine, 1), "skipped", "skipped_by"), (hour(engine, 2), "started", None)]
    assert ledger_of(engine, hourly)[0].reason_data == {"by": "Ann", "note": "fair"}


def next_time(engine: Engine, trigger_id: str) -> datetime | None:
    with engine.database.reading() as connection:
        workflow_id = connection.exec_driver_sql("SELECT workflow_id FROM triggers").scalar_one()
    due: datetime | None = schedules_of(engine, workflow_id)["hourly"].next_run_at
    return due


def test_a_moved_time_runs_at_the_new_moment_only(engine: Engine, hourly: str, ann: str) -> None:
    to = hour(engine, 1) + timedelta(minutes=20)
    engine.do(lambda uow: overrides.move(
        uow, hourly, hour(engine, 1), to, by=ann, at=engine.clock.at, inputs={"a": 2}))
    assert next_time(engine, hourly) == to
    pass_hours(engine, 2)
    assert told(engine, hourly) == [
        (hour(engine, 1), "skipped", "moved"), (to, "started", None), (hour(engine, 2), "started", None)]
    first, second = (engine.execution(row.execution_id) for row in ledger_of(engine, hourly)[1:])
    assert (first.input, second.input) == ({"a": 2}, {"a": 1})


def test_a_time_run_early_runs_now_and_not_again(engine: Engine, hourly: str, ann: str) -> None:
    execution_id = engine.do(lambda uow: overrides.run_early(
        uow, hourly, hour(engine, 1), by=ann, at=engine.clock.at))
    assert engine.execution(execution_id).status == "pending"
    pass_hours(engine, 2)
    assert told(engine, hourly) == [
        (hour(engine, 1), "started", "run_early"), (hour(engine, 2), "started", None)]


def test_inputs_once_are_for_that_time_alone(engine: Engine, hourly: str, ann: str) -> None:
    engine.do(lambda uow: overrides.change_inputs(
        uow, hourly, hour(engine, 1), {"b": 7}, by=ann, at=engine.clock.at))
    assert next_time(engine, hourly) == hour(engine, 1)
    pass_hours(engine, 2)
    inputs = [engine.execution(row.execution_id).input for row in ledger_of(engine, hourly)]
    assert inputs == [{"a": 1, "b": 7}, {"a": 1}]


def test_a_moved_time_is_known_by_its_new_moment_too(engine: Engine, hourly: str, ann: str) -> None:
    at, to = engine.clock.at, hour(engine, 1) + timedelta(minutes=20)
    engine.do(lambda uow: overrides.move(uow, hourly, hour(engine, 1), to, by=ann, at=at))
    engine.do(lambda uow: overrides.change_inputs(uow, hourly, to, {"b": 7}, by=ann, at=at))
    assert next_time(engine, hourly) == to
    engine.do(lambda uow: overrides.move(uow, hourly, to, to + timedelta(minutes=5), by=ann, at=at))
    assert next_time(engine, hourly) == to + timedelta(minutes=5)
    pass_hours(engine, 2)
    assert [engine.execution(row.execution_id).input for row in ledger_of(engine, hourly)[1:]] == [
        {"a": 1, "b": 7}, {"a": 1}]


def test_what_was_decided_can_be_taken_back(engine: Engine, hourly: str, ann: str) -> None:
    engine.do(lambda uow: overrides.skip(uow, hourly, hour(engine, 1), by=ann, at=engine.clock.at))
    engine.do(lambda uow: overrides.undo(uow, hourly, hour(engine, 1), by=ann, at=engine.clock.at))
    assert next_time(engine, hourly) == hour(engine, 1)
    with pytest.raises(Conflict):
        engine.do(lambda uow: overrides.undo(uow, hourly, hour(engine, 1), by=ann, at=engine.clock.at))


def test_only_times_that_are_planned_can_be_decided_about(engine: Engine, hourly: str, ann: str) -> None:
    at = engine.clock.at
    for moment in (hour(engine, 1) + timedelta(minutes=1), hour(engine, -1)):
        with pytest.raises(Conflict):
            engine.do(lambda uow, moment=moment: overrides.skip(uow, hourly, moment, by=ann, at=at))
    with pytest.raises(Conflict):
        engine.do(lambda uow: overrides.move(uow, hourly, hour(engine, 1), hour(engine, 2), by=ann, at=at))
    with pytest.raises(Invalid):
        engine.do(lambda uow: overrides.move(uow, hourly, hour(engine, 1), hour(engine, -1), by=ann, at=at))
    engine.do(lambda uow: overrides.run_early(uow, hourly, hour(engine, 1), by=ann, at=at))
    with pytest.raises(Conflict):
        engine.do(lambda uow: overrides.run_early(uow, hourly, hour(engine, 1), by=ann, at=at))


@pytest.mark.parametrize(("rule", "stays"), [({"interval": "30m", "align": "clock"}, True),
                                             ({"interval": "7m"}, False)])
def test_a_new_rule_keeps_decisions_about_times_it_has_too(
    engine: Engine, hourly: str, ann: str, workflow_id: str, rule: dict[str, str], stays: bool
) -> None:
    at = engine.clock.at
    engine.do(lambda uow: overrides.skip(uow, hourly, hour(engine, 1), by=ann, at=at))
    engine.do(lambda uow: triggers.edit(uow, hourly, by=ann, at=at, schedule=parse_schedule(rule, at=at)))
    pass_hours(engine, 1)
    assert ((hour(engine, 1), "skipped", "skipped_by") in told(engine, hourly)) is stays


def test_a_decision_about_a_time_during_a_pause_leaves_no_trace(
    engine: Engine, hourly: str, ann: str, workflow_id: str
) -> None:
    engine.do(lambda uow: overrides.skip(uow, hourly, hour(engine, 1), by=ann, at=engine.clock.at))
    engine.do(lambda uow: workflows.switch(uow, workflow_id, "paused", by=ann, at=engine.clock.at))
    pass_hours(engine, 1)
    assert (told(engine, hourly), tick(engine)) == ([], 0)
