"""Enough failures in a row pause a start, with a note; a success starts the count afresh."""

from datetime import timedelta

import pytest

from engine.services.planning import failures
from engine.services.runs import repeats
from engine.services.workflows import triggers, workflows
from tests.services.conftest import add_schedule, ledger_of, schedules_of
from tests.services.test_dispatch import outcomes, tick
from tests.support.stories import Engine


def minutely(engine: Engine, workflow_id: str, fail_pause: int | None) -> str:
    policies = {"fail_pause": fail_pause, "overlap": "allow"}
    return add_schedule(engine, workflow_id, "orders", {"interval": "1m", "policies": policies})


def run_next(engine: Engine, trigger_id: str, *, fails: bool) -> str:
    engine.clock.pass_time(minutes=1)
    tick(engine)
    execution_id: str = ledger_of(engine, trigger_id)[-1].execution_id
    worker = engine.without_steps() if fails else engine
    worker.advance(execution_id)
    assert engine.execution(execution_id).status == ("failed" if fails else "completed")
    return execution_id


def test_enough_failures_in_a_row_pause_the_start_and_say_so(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, 2)
    for _ in range(2):
        run_next(engine, trigger_id, fails=True)
    row = schedules_of(engine, workflow_id)["orders"]
    assert (row.state, row.next_run_at, row.fail_count) == ("auto_paused", None, 2)
    assert row.note.startswith("Paused after 2 failures in a row.")
    engine.clock.pass_time(hours=1)
    assert tick(engine) == 0


@pytest.mark.parametrize("rest", ["paused", "off"])
def test_pausing_and_resuming_the_workflow_does_not_let_a_failing_start_go_on(
    engine: Engine, workflow_id: str, rest: str
) -> None:
    trigger_id = minutely(engine, workflow_id, 1)
    run_next(engine, trigger_id, fails=True)
    note = schedules_of(engine, workflow_id)["orders"].note
    for state in (rest, "on"):
        engine.do(lambda uow, state=state: workflows.switch(
            uow, workflow_id, state, by=None, at=engine.clock.at))
        row = schedules_of(engine, workflow_id)["orders"]
        assert (row.state, row.next_run_at, row.fail_count, row.note) == ("auto_paused", None, 1, note)
    engine.do(lambda uow: triggers.edit(uow, trigger_id, enabled=True, by=None, at=engine.clock.at))
    row = schedules_of(engine, workflow_id)["orders"]
    assert (row.state, row.fail_count) == ("active", 0)


def test_a_pause_that_runs_out_does_not_let_a_failing_start_go_on(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, 1)
    run_next(engine, trigger_id, fails=True)
    until = engine.clock.at + timedelta(hours=1)
    engine.do(lambda uow: workflows.switch(
        uow, workflow_id, "paused", by=None, at=engine.clock.at, until=until))
    engine.clock.pass_time(hours=1)
    assert engine.do(lambda uow: workflows.resume_due(uow, engine.clock.at)) == 1
    assert schedules_of(engine, workflow_id)["orders"].state == "auto_paused"


def test_a_success_starts_the_count_afresh(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, 2)
    for fails in (True, False, True):
        run_next(engine, trigger_id, fails=fails)
    assert (schedules_of(engine, workflow_id)["orders"].state,
            schedules_of(engine, workflow_id)["orders"].fail_count) == ("active", 1)


def test_without_the_rule_a_start_keeps_trying(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, None)
    for _ in range(7):
        run_next(engine, trigger_id, fails=True)
    assert schedules_of(engine, workflow_id)["orders"].state == "active"


def test_a_time_due_in_that_moment_is_withdrawn_on_record(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, 1)
    engine.clock.pass_time(minutes=1)
    tick(engine)
    first = ledger_of(engine, trigger_id)[0].execution_id
    engine.clock.pass_time(minutes=1)
    engine.without_steps().advance(first)
    assert outcomes(engine, trigger_id) == [("started", None), ("skipped", "auto_paused")]


def test_runs_somebody_asked_for_are_not_counted(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, 2)
    failed = run_next(engine, trigger_id, fails=True)
    again = engine.do(lambda uow: repeats.rerun(uow, failed, user_id=None, at=engine.clock.at))
    engine.without_steps().advance(again)
    assert schedules_of(engine, workflow_id)["orders"].fail_count == 1


def test_turned_on_again_the_start_has_all_its_tries_back(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, 1)
    run_next(engine, trigger_id, fails=True)
    engine.do(lambda uow: triggers.edit(uow, trigger_id, by=None, at=engine.clock.at, enabled=True))
    row = schedules_of(engine, workflow_id)["orders"]
    assert (row.state, row.fail_count, row.note) == ("active", 0, "")


@pytest.mark.parametrize(("together", "counted"), [
    (["failed", "failed"], 2), (["completed", "failed"], 1), (["failed", "completed"], 0),
    (["failed", "cancelled", "failed"], 2),
])
def test_runs_that_end_together_are_counted_one_by_one(
    engine: Engine, workflow_id: str, together: list[str], counted: int
) -> None:
    trigger_id = minutely(engine, workflow_id, None)
    engine.do(lambda uow: failures.count(uow, [(trigger_id, status) for status in together], engine.clock.at))
    assert schedules_of(engine, workflow_id)["orders"].fail_count == counted
