"""Each producer has its own row, and every change to a workflow leaves the rows right."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from engine.domain.errors import Conflict, Invalid
from engine.domain.schedules.schedules import parse_schedule
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

BERLIN_9 = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def test_three_producers_each_have_their_own_row_zone_and_next_run(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    add_schedule(engine, workflow_id, "bank", WEEKDAYS_AT_9)
    add_schedule(engine, workflow_id, "once", ONCE)
    rows = schedules_of(engine, workflow_id)
    assert {name: (row.schedule_type, row.timezone, row.next_run_at) for name, row in rows.items()} == {
        "orders": ("interval", "UTC", engine.clock.at + timedelta(seconds=5)),
        "bank": ("cron", "Europe/Berlin", BERLIN_9),
        "once": ("once", "Europe/Berlin", datetime(2026, 3, 3, 17, 0, tzinfo=UTC)),
    }


def _edit(engine: Engine, trigger_id: str, **changes: object) -> None:
    engine.do(lambda uow: triggers.edit(uow, trigger_id, by=None, at=engine.clock.at, **changes))  # type: ignore[arg-type]


def _switch(state: str) -> Callable[[Engine, str, str], None]:
    def act(engine: Engine, workflow_id: str, trigger_id: str) -> None:
        engine.do(lambda uow: workflows.switch(uow, workflow_id, state, by="x", at=engine.clock.at))
    return act


def _reschedule(engine: Engine, workflow_id: str, trigger_id: str) -> None:
    _edit(engine, trigger_id, schedule=parse_schedule({"interval": "10m"}, at=engine.clock.at))


def _make_live(engine: Engine, workflow_id: str, trigger_id: str) -> None:
    engine.do(lambda uow: versions.publish_draft(uow, workflow_id, by="x", at=engine.clock.at))


def _remove(engine: Engine, workflow_id: str, trigger_id: str) -> None:
    engine.do(lambda uow: triggers.remove(uow, trigger_id, by=None, at=engine.clock.at))


def _delete(engine: Engine, workflow_id: str, trigger_id: str) -> None:
    engine.do(lambda uow: workflows.delete(uow, workflow_id, by="x", at=engine.clock.at))


MOMENTS: list[tuple[str, Callable[[Engine, str, str], None], tuple[str, int | None] | None]] = [
    ("edit", _reschedule, ("active", 600)),
    ("rename", lambda e, w, t: _edit(e, t, name="orders 2"), ("active", 5)),
    ("change inputs", lambda e, w, t: _edit(e, t, inputs={"a": 1}), ("active", 5)),
    ("disable", lambda e, w, t: _edit(e, t, enabled=False), ("paused", None)),
    ("enable", lambda e, w, t: _edit(e, t, enabled=True), ("active", 5)),
    ("make live", _make_live, ("active", 5)),
    ("pause", _switch("paused"), ("paused", None)),
    ("resume", _switch("on"), ("active", 5)),
    ("turn off", _switch("off"), ("paused", None)),
    ("remove", _remove, None),
    ("delete the workflow", _delete, None),
]


@pytest.mark.parametrize(("act", "expected"), [m[1:] for m in MOMENTS], ids=[m[0] for m in MOMENTS])
def test_each_moment_of_a_workflows_life_leaves_the_row_right_and_its_sibling_alone(
    engine: Engine, workflow_id: str, act: Callable[[Engine, str, str], None],
    expected: tuple[str, int | None] | None,
) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    add_schedule(engine, workflow_id, "sibling", WEEKDAYS_AT_9)
    act(engine, workflow_id, trigger_id)
    rows = {row.trigger_id: row for row in schedules_of(engine, workflow_id).values()}
    mine = rows.get(trigger_id)
    if expected is None:
        assert mine is None
    else:
        assert mine is not None
        state, seconds = expected
        due = None if seconds is None else engine.clock.at + timedelta(seconds=seconds)
        assert (mine.state, mine.next_run_at) == (state, due)
    sibling = schedules_of(engine, workflow_id).get("sibling")
    if sibling is not None and sibling.state == "active":
        assert sibling.next_run_at == BERLIN_9


def test_a_new_workflow_has_no_active_schedule_until_it_is_on(engine: Engine) -> None:
    at = engine.clock.at
    owner = add_user(engine.database, at)
    workflow_id = engine.do(lambda uow: workflows.create(
        uow, owner_id=owner, name="Morning report", steps=NOTE, limits={}, at=at))
    add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    assert schedules_of(engine, workflow_id)["orders"].next_run_at is None
    with pytest.raises(Conflict):
        engine.do(lambda uow: workflows.switch(uow, workflow_id, "on", by=owner, at=at))
    engine.do(lambda uow: versions.publish_draft(uow, workflow_id, by=owner, at=at))
    assert schedules_of(engine, workflow_id)["orders"].state == "paused"
    engine.do(lambda uow: workflows.switch(uow, workflow_id, "on", by=owner, at=at))
    assert schedules_of(engine, workflow_id)["orders"].next_run_at == at + timedelta(seconds=5)


def test_a_row_that_did_not_change_keeps_its_next_run(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "orders", {"interval": "7m"})
    planned = schedules_of(engine, workflow_id)["orders"].next_run_at
    engine.clock.pass_time(minutes=3)
    engine.do(lambda uow: schedules.sync(uow, workflow_id, engine.clock.at))
    assert schedules_of(engine, workflow_id)["orders"].next_run_at == planned


def test_syncing_twice_at_once_can_not_make_two_rows(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    for _ in range(2):
        engine.do(lambda uow: schedules.sync(uow, workflow_id, engine.clock.at))
    assert len(schedules_of(engine, workflow_id)) == 1


def test_resuming_never_fires_the_past_and_never_stops_the_future(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    _switch("paused")(engine, workflow_id, trigger_id)
    engine.clock.pass_time(hours=3)
    _switch("on")(engine, workflow_id, trigger_id)
    assert engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at)) == 0
    assert ledger_of(engine, trigger_id) == []
    assert schedules_of(engine, workflow_id)["orders"].next_run_at == engine.clock.at + timedelta(seconds=5)


def test_a_time_already_due_when_its_start_is_edited_is_withdrawn_on_record(
    engine: Engine, workflow_id: str
) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    due = engine.clock.pass_time(seconds=5)
    _reschedule(engine, workflow_id, trigger_id)
    assert [(row.scheduled_at, row.outcome, row.reason) for row in ledger_of(engine, trigger_id)] == [
        (due, "skipped", "edited")
    ]
    assert engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at)) == 0


def test_a_pause_until_a_moment_ends_by_itself(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    until = engine.clock.at + timedelta(hours=1)
    engine.do(lambda uow: workflows.switch(
        uow, workflow_id, "paused", by="x", at=engine.clock.at, until=until, note="stock-take"))
    assert engine.do(lambda uow: workflows.resume_due(uow, engine.clock.at)) == 0
    engine.clock.pass_time(hours=1)
    assert engine.do(lambda uow: workflows.resume_due(uow, engine.clock.at)) == 1
    assert schedules_of(engine, workflow_id)["orders"].state == "active"


def test_two_starts_of_one_workflow_can_not_have_the_same_name(engine: Engine, workflow_id: str) -> None:
    add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    with pytest.raises(Invalid) as refused:
        add_schedule(engine, workflow_id, "orders", WEEKDAYS_AT_9)
    assert refused.value.field == "name"


def test_a_row_stopped_by_an_error_starts_afresh_when_its_start_is_enabled_again(
    engine: Engine, workflow_id: str
) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", EVERY_5_SECONDS)
    with engine.database.transaction() as uow:
        uow.execute(update(ProducerSchedule).values(state="auto_paused", next_run_at=None))
    _edit(engine, trigger_id, name="orders 2")
    assert schedules_of(engine, workflow_id)["orders 2"].state == "auto_paused"
    _edit(engine, trigger_id, enabled=True)
    assert schedules_of(engine, workflow_id)["orders 2"].state == "active"
