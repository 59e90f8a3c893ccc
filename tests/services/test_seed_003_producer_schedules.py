"""The review of per-producer scheduling (seed 003), issues 1 to 3; 4 to 7 are in tests/domain."""

import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, inspect, select

from engine.models import ProducerSchedule
from engine.services.due import dispatch
from engine.services.planning import schedules
from engine.services.workflows import triggers, versions, workflows
from tests.services.conftest import (
    EVERY_5_SECONDS,
    NOTE,
    ONCE,
    WEEKDAYS_AT_9,
    add_schedule,
    ledger_of,
    schedules_of,
)
from tests.support.stories import Engine, add_user


def test_issue_1_schedules_are_there_from_the_moment_a_workflow_is_on_until_it_is_gone(
    engine: Engine,
) -> None:
    at = engine.clock.at
    owner = add_user(engine.database, at)
    workflow_id = engine.do(lambda uow: workflows.create(
        uow, owner_id=owner, name="Report", steps=NOTE, limits={}, at=at))
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    engine.do(lambda uow: versions.publish_draft(uow, workflow_id, by=owner, at=at))
    engine.do(lambda uow: workflows.switch(uow, workflow_id, "on", by=owner, at=at))
    assert schedules_of(engine, workflow_id)["orders"].state == "active"

    engine.clock.pass_time(seconds=5)
    assert engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at)) == 1
    assert len(ledger_of(engine, trigger_id)) == 1

    engine.do(lambda uow: workflows.delete(uow, workflow_id, by=owner, at=engine.clock.at))
    assert schedules_of(engine, workflow_id) == {}


def test_issue_2_each_producer_runs_when_it_is_due_itself_and_nothing_else_says_when(
    engine: Engine, workflow_id: str
) -> None:
    orders = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    bank = add_schedule(engine, workflow_id, "bank", WEEKDAYS_AT_9)
    once = add_schedule(engine, workflow_id, "once", ONCE)
    engine.clock.at = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))
    assert ledger_of(engine, orders)[-1].scheduled_at == engine.clock.at
    assert [row.scheduled_at for row in ledger_of(engine, bank)] == [engine.clock.at]
    assert ledger_of(engine, once) == []
    rows = schedules_of(engine, workflow_id)
    assert rows["orders"].next_run_at == engine.clock.at + timedelta(seconds=5)
    assert rows["bank"].next_run_at == engine.clock.at + timedelta(days=1)
    assert rows["once"].next_run_at == datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


def test_issue_2_there_is_one_due_column_in_the_whole_database(engine: Engine) -> None:
    inspector = inspect(engine.database.reader)
    due = {
        (table, column["name"])
        for table in inspector.get_table_names() for column in inspector.get_columns(table)
        if "next_run" in column["name"]
    }
    assert due == {("producer_schedules", "next_run_at")}


def test_issue_3_two_changes_at_once_leave_one_row_for_a_producer(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    barrier = threading.Barrier(4)
    errors: list[BaseException] = []

    def change(number: int) -> None:
        barrier.wait()
        try:
            for _ in range(5):
                engine.do(lambda uow: triggers.edit(
                    uow, trigger_id, by=None, at=engine.clock.at, inputs={"by": number}))
                engine.do(lambda uow: schedules.sync(uow, workflow_id, engine.clock.at))
        except BaseException as error:  # noqa: BLE001 – whatever happens in a thread is the test's business
            errors.append(error)

    threads = [threading.Thread(target=change, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with engine.database.reading() as connection:
        rows = connection.execute(select(func.count()).select_from(ProducerSchedule)).scalar_one()
    assert rows == 1
