"""“Why didn't it run?”: for any day of a start, one sentence per due time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from engine.domain.due.due_lines import Day
from engine.domain.schedules.schedules import parse_schedule
from engine.models import ProducerSchedule
from engine.queries.times import why
from engine.scheduler.leader import Leader
from engine.services.due import overrides
from engine.services.planning import blackouts, calendars
from engine.services.planning.blackouts import Terms
from engine.services.runs import brake
from engine.services.workflows import triggers, workflows
from tests.services.conftest import add_schedule, ledger_of
from tests.support.stories import Engine

HOURLY = {"interval": "1h", "align": "clock"}
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def pass_time(engine: Engine, minutes: int, *, work: bool = True) -> None:
    """Let a leader tick and a worker work, minute by minute."""
    leader = Leader(engine.database, "a")
    for _ in range(minutes):
        engine.clock.pass_time(minutes=1)
        leader.tick(engine.clock.now)
        if work:
            with engine.database.reading() as connection:
                found = connection.exec_driver_sql("SELECT id FROM executions WHERE status = 'pending'")
                waiting = list(found.scalars())
            for execution_id in waiting:
                engine.advance(execution_id)
    leader.resign(engine.clock.at)


def asked(engine: Engine, trigger_id: str, on: date = MONDAY) -> Day:
    with engine.database.reading() as connection:
        return why.day(connection, trigger_id, on, engine.clock.at)


def told(engine: Engine, trigger_id: str, on: date = MONDAY) -> dict[int, tuple[str, str]]:
    """What is said about each full hour, in UTC."""
    lines = [line for line in asked(engine, trigger_id, on).lines if not line.scheduled_at.minute]
    return {line.scheduled_at.hour: (line.kind, line.sentence) for line in lines}


def test_what_ran_and_what_is_to_come(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", HOURLY)
    pass_time(engine, 70)
    lines = told(engine, trigger_id)
    assert lines[10] == ("ran", "Ran on time.")
    assert {lines[hour] for hour in range(11, 24)} == {("planned", "Planned.")}
    assert asked(engine, trigger_id).rule_since == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_what_ran_late_or_failed(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", HOURLY)
    pass_time(engine, 61, work=False)
    engine.clock.pass_time(minutes=11)
    engine.without_steps().advance(ledger_of(engine, trigger_id)[0].execution_id)
    kind, sentence = told(engine, trigger_id)[10]
    assert kind == "late"
    assert sentence.startswith("Ran 12 minutes late, at Mon 2 Mar, 10:12 am. It failed: ")


Change = Callable[[Any, str, str, str, datetime], Any]
CHANGES: list[tuple[str, Change, str]] = [
    ("pause", lambda uow, w, t, by, at: workflows.switch(uow, w, "paused", by=by, at=at, note="stock-take"),
     "Not planned: the workflow was paused by Ann: stock-take."),
    ("off", lambda uow, w, t, by, at: workflows.switch(uow, w, "off", by=by, at=at),
     "Not planned: the workflow was switched off by Ann."),
    ("start off", lambda uow, w, t, by, at: triggers.edit(uow, t, by=by, at=at, enabled=False),
     "Not planned: this start was switched off by Ann."),
    ("brake", lambda uow, w, t, by, at: brake.pull(uow, reason="wrong prices", by=by, at=at),
     "Skipped: everything was held by Ann: wrong prices."),
    ("skip", lambda uow, w, t, by, at: overrides.skip(
        uow, t, at + timedelta(hours=1), by=by, at=at, note="fair"),
     "Skipped: Ann decided to skip it: fair."),
    ("move", lambda uow, w, t, by, at: overrides.move(
        uow, t, at + timedelta(hours=1), at + timedelta(minutes=70), by=by, at=at),
     "Skipped: Ann moved it to Mon 2 Mar, 10:10 am."),
    ("blackout", lambda uow, w, t, by, at: blackouts.add(
        uow, Terms("Freeze", at.replace(tzinfo=None), at.replace(tzinfo=None, hour=12), "UTC"), by=by, at=at),
     "Not planned: there was a blackout (Freeze)."),
]


@pytest.mark.parametrize(("change", "sentence"), [one[1:] for one in CHANGES],
                         ids=[one[0] for one in CHANGES])
def test_what_people_did(engine: Engine, workflow_id: str, ann: str, change: Change, sentence: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", HOURLY)
    engine.do(lambda uow: change(uow, workflow_id, trigger_id, ann, engine.clock.at))
    pass_time(engine, 75)
    assert told(engine, trigger_id)[10][1] == sentence


def test_a_start_stopped_by_an_error_says_so_until_it_is_saved_again(
    engine: Engine, workflow_id: str, ann: str
) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", HOURLY)
    engine.do(lambda uow: uow.execute(update(ProducerSchedule).values(schedule_value={"something": "else"})))
    pass_time(engine, 125)
    engine.do(lambda uow: triggers.edit(uow, trigger_id, by=ann, at=engine.clock.at, name="mended"))
    pass_time(engine, 60)
    lines = told(engine, trigger_id)
    assert lines[10] == ("skipped", "Skipped: its start was stopped by an error when it was due.")
    assert lines[11][1].startswith("Not planned: this start was stopped by an error: ")
    assert lines[12] == ("ran", "Ran on time.")


def test_a_pause_that_ended_is_told_for_its_own_time_only(engine: Engine, workflow_id: str, ann: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", HOURLY)
    at = engine.clock.at
    until = at + timedelta(minutes=90)
    engine.do(lambda uow: workflows.switch(uow, workflow_id, "paused", by=ann, at=at, until=until))
    pass_time(engine, 130)
    lines = told(engine, trigger_id)
    assert (lines[10][0], lines[11][0]) == ("not_planned", "ran")


def test_a_decision_about_a_time_to_come_is_told_at_once(engine: Engine, workflow_id: str, ann: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", HOURLY)
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    engine.do(lambda uow: overrides.skip(uow, trigger_id, noon, by=ann, at=engine.clock.at))
    assert told(engine, trigger_id)[12] == ("skipped", "Skipped: Ann decided to skip it.")


def test_missed_times_say_from_when_to_when_the_app_was_off(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", HOURLY)
    pass_time(engine, 70)
    engine.clock.pass_time(hours=3)
    pass_time(engine, 1)
    lines = told(engine, trigger_id)
    assert lines[11] == ("missed", "Missed: the app was off, and a later time ran in its place. "
                                   "The app was off from Mon 2 Mar, 10:10 am to Mon 2 Mar, 1:11 pm.")
    assert lines[13] == ("late", "Ran 11 minutes late, at Mon 2 Mar, 1:11 pm.")


def test_a_range_on_record_is_told_time_by_time(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "often", {"interval": "10m", "align": "clock"})
    engine.clock.pass_time(days=12)
    pass_time(engine, 1)
    assert ledger_of(engine, trigger_id)[0].reason_data["count"] == 728
    lines = asked(engine, trigger_id, date(2026, 3, 4)).lines
    assert (len(lines), {line.kind for line in lines}) == (144, {"missed"})


def test_holidays_hours_and_dates_are_named(engine: Engine, workflow_id: str, ann: str) -> None:
    plant = engine.do(lambda uow: calendars.add(
        uow, name="Plant", days={TUESDAY: "Repairs"}, by=ann, at=engine.clock.at))
    rule = {**HOURLY, "holidays": {"calendars": [plant]}, "window": {"from": "08:00", "to": "17:00"},
            "end_on": "2026-03-04"}
    trigger_id = add_schedule(engine, workflow_id, "report", rule)
    tuesday, wednesday, thursday = (told(engine, trigger_id, date(2026, 3, day)) for day in (3, 4, 5))
    assert tuesday[9] == ("not_planned", "Not planned: it was a day off (Repairs (Plant)).")
    assert wednesday[7] == ("not_planned", "Not planned: it was outside the hours of this start.")
    assert wednesday[9] == ("planned", "Planned.")
    assert thursday[9] == ("not_planned", "Not planned: this start has ended.")


def test_before_the_rule_was_changed_only_the_record_is_told(
    engine: Engine, workflow_id: str, ann: str
) -> None:
    trigger_id = add_schedule(engine, workflow_id, "hourly", HOURLY)
    pass_time(engine, 125)
    half_hourly = parse_schedule({"interval": "30m", "align": "clock"}, at=engine.clock.at)
    engine.do(lambda uow: triggers.edit(uow, trigger_id, by=ann, at=engine.clock.at, schedule=half_hourly))
    found = asked(engine, trigger_id)
    assert [f"{line.scheduled_at:%H:%M}" for line in found.lines[:4]] == ["10:00", "11:00", "11:30", "12:00"]
    assert found.rule_since == engine.clock.at
