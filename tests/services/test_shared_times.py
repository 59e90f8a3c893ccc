"""A calendar or blackout that many schedules share: every one follows a change, none fires by it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.domain.errors import Conflict, Invalid
from engine.domain.time.ics import days_of
from engine.services.due import dispatch
from engine.services.planning import blackouts, calendars
from engine.services.planning.blackouts import Terms
from tests.services.conftest import add_schedule, ledger_of, schedules_of
from tests.services.test_dispatch import tick
from tests.support.stories import Engine, add_live_workflow

DAILY_9 = {"daily": {"times": ["09:00"]}, "timezone": "Europe/Berlin"}
TUESDAY, WEDNESDAY, THURSDAY = (datetime(2026, 3, day, 8, tzinfo=UTC) for day in (3, 4, 5))


def due(engine: Engine, workflow_id: str, name: str = "report") -> Any:
    return schedules_of(engine, workflow_id)[name].next_run_at


def add_calendar(engine: Engine, ann: str, *days: date) -> str:
    calendar_id: str = engine.do(lambda uow: calendars.add(
        uow, name="Plant", days=dict.fromkeys(days, "closed"), by=ann, at=engine.clock.at))
    return calendar_id


def terms(start: str, end: str, **more: Any) -> Terms:
    local = (datetime.fromisoformat(text) for text in (start, end))
    return Terms("Stock-take", *local, "Europe/Berlin", **more)


def test_who_uses_a_calendar_follows_its_days(engine: Engine, workflow_id: str, ann: str) -> None:
    calendar_id = add_calendar(engine, ann, date(2026, 3, 3))
    add_schedule(engine, workflow_id, "report", {**DAILY_9, "holidays": {"calendars": [calendar_id]}})
    add_schedule(engine, workflow_id, "sibling", DAILY_9)
    assert due(engine, workflow_id) == WEDNESDAY
    engine.do(lambda uow: calendars.edit(
        uow, calendar_id, days={date(2026, 3, 4): "closed"}, by=ann, at=engine.clock.at))
    assert (due(engine, workflow_id), due(engine, workflow_id, "sibling")) == (TUESDAY, TUESDAY)


def test_a_calendar_file_is_one_of_them(engine: Engine, workflow_id: str, ann: str) -> None:
    event = "BEGIN:VEVENT\nSUMMARY:Fair\nDTSTART:20260303\nDTEND:20260305\nEND:VEVENT"
    text = f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR"
    calendar_id = engine.do(lambda uow: calendars.add(
        uow, name="Fairs", days=days_of(text, engine.clock.at), by=ann, at=engine.clock.at,
        origin=calendars.FILE))
    add_schedule(engine, workflow_id, "report", {**DAILY_9, "holidays": {"calendars": [calendar_id]}})
    assert due(engine, workflow_id) == THURSDAY


def test_a_calendar_in_use_can_not_be_taken_away(engine: Engine, workflow_id: str, ann: str) -> None:
    calendar_id = add_calendar(engine, ann, date(2026, 3, 3))
    add_schedule(engine, workflow_id, "report", {**DAILY_9, "holidays": {"calendars": [calendar_id]}})
    with pytest.raises(Conflict, match="Report"):
        engine.do(lambda uow: calendars.remove(uow, calendar_id, by=ann, at=engine.clock.at))


def test_two_calendars_can_not_have_the_same_name(engine: Engine, ann: str) -> None:
    add_calendar(engine, ann, date(2026, 3, 3))
    with pytest.raises(Invalid):
        add_calendar(engine, ann, date(2026, 3, 4))


def test_a_schedule_that_names_a_calendar_nobody_has_is_refused(engine: Engine, workflow_id: str) -> None:
    with pytest.raises(Invalid, match="not there"):
        add_schedule(engine, workflow_id, "report", {**DAILY_9, "holidays": {"calendars": ["gone"]}})


def test_a_blackout_moves_everything_planned_in_it_and_gives_it_back(
    engine: Engine, workflow_id: str, ann: str
) -> None:
    add_schedule(engine, workflow_id, "report", DAILY_9)
    blackout = terms("2026-03-03", "2026-03-05")
    blackout_id = engine.do(lambda uow: blackouts.add(uow, blackout, by=ann, at=engine.clock.at))
    assert due(engine, workflow_id) == THURSDAY
    shorter = terms("2026-03-03", "2026-03-04")
    engine.do(lambda uow: blackouts.edit(uow, blackout_id, shorter, by=ann, at=engine.clock.at))
    assert due(engine, workflow_id) == WEDNESDAY
    engine.do(lambda uow: blackouts.remove(uow, blackout_id, by=ann, at=engine.clock.at))
    assert due(engine, workflow_id) == TUESDAY


def test_a_blackout_of_some_workflows_leaves_the_others_alone(
    engine: Engine, workflow_id: str, ann: str
) -> None:
    other = add_live_workflow(engine.database, engine.clock.at, [])
    for one in (workflow_id, other):
        add_schedule(engine, one, "report", DAILY_9)
    blackout = terms("2026-03-03", "2026-03-05", workflow_ids=[other])
    engine.do(lambda uow: blackouts.add(uow, blackout, by=ann, at=engine.clock.at))
    assert (due(engine, workflow_id), due(engine, other)) == (TUESDAY, THURSDAY)


def test_a_change_in_the_second_a_run_is_due_leaves_that_run_alone(
    engine: Engine, workflow_id: str, ann: str
) -> None:
    trigger_id = add_schedule(engine, workflow_id, "report", DAILY_9)
    engine.clock.at = TUESDAY
    blackout = terms("2026-03-03", "2026-03-05")
    engine.do(lambda uow: blackouts.add(uow, blackout, by=ann, at=engine.clock.at))
    tick(engine)
    assert [row.scheduled_at for row in ledger_of(engine, trigger_id)] == [TUESDAY]
    assert due(engine, workflow_id) == THURSDAY


def test_a_schedule_whose_every_time_is_blacked_out_comes_back(
    engine: Engine, workflow_id: str, ann: str
) -> None:
    add_schedule(engine, workflow_id, "report", {"once": "2026-03-03T09:00", "timezone": "Europe/Berlin"})
    blackout = terms("2026-03-03", "2026-03-05")
    blackout_id = engine.do(lambda uow: blackouts.add(uow, blackout, by=ann, at=engine.clock.at))
    assert schedules_of(engine, workflow_id)["report"].state == "ended"
    engine.do(lambda uow: blackouts.remove(uow, blackout_id, by=ann, at=engine.clock.at))
    assert due(engine, workflow_id) == TUESDAY


def test_times_in_a_blackout_are_not_recorded_as_missed(engine: Engine, workflow_id: str, ann: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", {"interval": "1h", "align": "clock"})
    blackout = terms("2026-03-02T10:30", "2026-03-02T13:30")
    engine.do(lambda uow: blackouts.add(uow, blackout, by=ann, at=engine.clock.at))
    engine.clock.pass_time(hours=5)
    engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))
    assert [row.scheduled_at for row in ledger_of(engine, trigger_id)] == [
        datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (13, 14)]
