"""The calendar shows what the dispatcher will do and what became of it, whatever there is of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, true

from engine.domain.due.calendar_slots import slots
from engine.domain.ids import new_id
from engine.domain.people.roles import Person
from engine.domain.runs.states import FAILED, MISSED, SKIPPED
from engine.models import Occurrence, OccurrenceOverride
from engine.queries.overview.next_hours import next_hours
from engine.queries.times import calendar, calendar_past
from engine.queries.times.calendar import Scope
from engine.queries.visibility import may_see
from engine.services.due import dispatch
from engine.services.workflows import triggers
from tests.queries.calendar_scene import EVERYTHING, add, look, ran, recorded, shown
from tests.support.stories import Engine, add_user

DAYS = timedelta(days=1)


@pytest.mark.parametrize("rule", [
    {"daily": {"times": ["09:30", "17:00"]}},
    {"weekly": {"days": ["tue", "sat"], "times": ["00:00"]}},
    {"cron": "15 */6 * * *"},
    {"daily": {"times": ["09:00"]}, "jitter": {"up_to": "10m"}},
])
def test_what_is_planned_is_what_is_dispatched(engine: Engine, rule: dict[str, Any]) -> None:
    trigger_id = add(engine, "Report", rule)
    at, today = engine.clock.at, engine.clock.at.date()
    pieces = slots("list", today, "Europe/Berlin", today)
    end = pieces[-1].end
    with engine.database.reading() as connection:
        (plan,) = calendar.plans(connection, EVERYTHING, pieces, at).found
    while engine.clock.at < end:
        engine.clock.pass_time(minutes=5)
        engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))
    with engine.database.reading() as connection:
        fired = connection.execute(
            Occurrence.__table__.select().where(Occurrence.trigger_id == trigger_id)
            .order_by(Occurrence.scheduled_at)
        ).all()
    assert [row.scheduled_at for row in fired if row.scheduled_at < end] == list(plan.due.moments)


def test_what_became_of_the_past_stands_beside_what_is_planned(engine: Engine) -> None:
    trigger_id = add(engine, "Report", {"daily": {"times": ["18:00"]}})
    ran(engine, trigger_id, engine.clock.at - timedelta(hours=3), FAILED)
    recorded(engine, trigger_id, engine.clock.at - timedelta(hours=2), MISSED, "too_old")
    today = look(engine, "list").filled[0]
    assert [(line.status, line.reason) for line in today.lines] == [
        ("failed", None), ("missed", "too_old"), ("planned", None)]
    assert today.lines[0].run_id


def test_runs_of_one_start_and_result_are_counted_on_one_line(engine: Engine) -> None:
    trigger_id = add(engine, "Report", {"daily": {"times": ["18:00"]}})
    ran(engine, trigger_id, engine.clock.at - timedelta(hours=1), times=3)
    assert shown(look(engine))[0] == ("Report", "completed", 3)


def test_a_start_that_is_due_every_minute_is_a_band_and_never_a_row(engine: Engine) -> None:
    trigger_id = add(engine, "Heartbeat", {"interval": "1m"})
    ran(engine, trigger_id, engine.clock.at - timedelta(minutes=5), times=4)
    agenda = look(engine, "month")
    assert [(band.start.workflow_name, band.due.gap) for band in agenda.bands] == [
        ("Heartbeat", timedelta(minutes=1))]
    assert shown(agenda) == []


def test_failures_of_a_frequent_start_are_still_seen(engine: Engine) -> None:
    trigger_id = add(engine, "Heartbeat", {"interval": "1m"})
    ran(engine, trigger_id, engine.clock.at - timedelta(minutes=5), FAILED)
    assert shown(look(engine, "month")) == [("Heartbeat", "failed", 1)]


def test_a_day_says_how_often_a_frequent_start_comes(engine: Engine) -> None:
    add(engine, "Orders", {"interval": "5m"})
    tomorrow = engine.clock.at.date() + DAYS
    assert [band.times for band in look(engine, "day", day=tomorrow).bands] == [288]
    assert [band.times for band in look(engine, "month").bands] == [None]


def test_late_in_the_day_what_comes_often_still_is_a_band(engine: Engine) -> None:
    add(engine, "Orders", {"interval": "5m"})
    engine.clock.at = engine.clock.at.replace(hour=22, minute=40)
    agenda = look(engine, "day")
    assert (len(agenda.bands), shown(agenda)) == (1, [])


def test_a_time_somebody_skipped_says_so_and_is_not_planned(engine: Engine) -> None:
    trigger_id = add(engine, "Report", {"daily": {"times": ["18:00"]}})
    due = engine.clock.at.replace(hour=17)
    engine.do(lambda uow: uow.execute(insert(OccurrenceOverride).values(
        id=new_id(due), trigger_id=trigger_id, scheduled_at=due, action="skip", created_at=engine.clock.at)))
    assert [(line.status, line.due_at) for line in look(engine).filled[0].lines] == [("skipped", due)]
    assert [line.status for line in look(engine).filled[1].lines] == ["planned"]


def test_a_workflow_that_is_off_plans_nothing(engine: Engine) -> None:
    trigger_id = add(engine, "Report", {"daily": {"times": ["18:00"]}})
    engine.do(lambda uow: triggers.edit(uow, trigger_id, enabled=False, by=None, at=engine.clock.at))
    assert look(engine).is_empty


def test_others_see_only_what_they_may(engine: Engine) -> None:
    bob = add_user(engine.database, engine.clock.at, "bob@example.org", "editor")
    add(engine, "Mine", {"daily": {"times": ["18:00"]}}, owner_id=bob)
    theirs = add(engine, "Theirs", {"daily": {"times": ["18:00"]}})
    ran(engine, theirs, engine.clock.at - timedelta(hours=1))
    recorded(engine, theirs, engine.clock.at - timedelta(hours=2), SKIPPED, "overlap")
    person = Person(bob, "", "", "editor", "editor", "Europe/Berlin", "system")
    assert {name for name, _, _ in shown(look(engine, scope=Scope(may_see(person))))} == {"Mine"}


def test_it_can_be_narrowed_to_one_workflow(engine: Engine) -> None:
    add(engine, "Other", {"daily": {"times": ["18:00"]}})
    trigger_id = add(engine, "Report", {"daily": {"times": ["18:00"]}})
    ran(engine, trigger_id, engine.clock.at - timedelta(hours=1))
    everything = look(engine)
    report = next(line.start for part in everything.filled for line in part.lines
                  if line.start.workflow_name == "Report")
    narrowed = look(engine, scope=Scope(true(), report.workflow_id))
    assert {name for name, _, _ in shown(narrowed)} == {"Report"}


def test_too_many_starts_are_cut_and_it_is_said_from_when_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "MOST_STARTS", 2)
    for hour in (11, 12, 13):
        add(engine, f"At {hour}", {"daily": {"times": [f"{hour}:00"]}})
    add(engine, "On Friday", {"weekly": {"days": ["fri"], "times": ["08:00"]}})
    agenda = look(engine)
    assert agenda.complete_until == engine.clock.at.replace(hour=12)
    assert "On Friday" in {name for name, _, _ in shown(agenda)}, "each later day shows some that begin there"


def test_a_day_with_too_many_runs_is_sampled_and_says_so(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_past, "MOST_READ_WHOLE", 10)
    monkeypatch.setattr(calendar_past, "_BUDGET", 5)
    trigger_id = add(engine, "Report", {"daily": {"times": ["18:00"]}})
    ran(engine, trigger_id, engine.clock.at - timedelta(hours=1), times=30)
    today = look(engine).filled[0]
    assert (today.is_partial, today.lines[0].times) == (True, 5)


def test_the_next_hours_are_counted_and_crowds_get_advice(engine: Engine) -> None:
    add(engine, "Heartbeat", {"interval": "1m"})
    for number in range(5):
        add(engine, f"Report {number}", {"daily": {"times": ["18:00"]}})
    with engine.database.reading() as connection:
        strip = next_hours(connection, EVERYTHING, engine.clock.at, "Europe/Berlin")
    assert (len(strip.slots), strip.total, strip.busiest.hour) == (24, 5, 18)
    assert [band.start.workflow_name for band in strip.bands] == ["Heartbeat"]
    assert strip.clashes[0].quiet_at == engine.clock.at.replace(hour=17, minute=5)


def test_what_starts_daily_is_among_the_next_hours_whenever_one_looks(engine: Engine) -> None:
    add(engine, "Report", {"daily": {"times": ["09:10"]}})
    with engine.database.reading() as connection:
        for minute in (0, 5, 10, 15, 59):
            at = engine.clock.at.replace(minute=minute)
            assert next_hours(connection, EVERYTHING, at, "UTC").total == 1


def test_days_off_are_named_for_the_calendars_in_use(engine: Engine) -> None:
    christmas = date(2026, 12, 25)
    with engine.database.reading() as connection:
        names = calendar.days_off(connection, ["country:DE"], [christmas, christmas + 2 * DAYS])
    assert names == {christmas: ["Christmas Day (Germany)"]}
