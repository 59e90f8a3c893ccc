from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.time.calendars import Calendars
from engine.domain.timetables.occurrences import Surroundings, next_occurrence, occurrences
from engine.domain.timetables.shapes import Override
from tests.domain.strategies import AT

BERLIN = "Europe/Berlin"
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
NINE = {"daily": {"times": ["09:00"]}}
NONE = Surroundings()


def local(document, limit, after=AT, around=NONE):
    schedule = parse_schedule({"timezone": BERLIN, **document}, at=AT)
    found = occurrences(schedule, after, limit=limit, around=around)
    return [f"{moment.astimezone(ZoneInfo(BERLIN)):%a %d %b %H:%M}" for moment in found]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


def test_a_start_date_and_an_end_date_are_both_included():
    assert local({**NINE, "start_on": "2026-12-01", "end_on": "2026-12-02"}, 5) == [
        "Tue 01 Dec 09:00", "Wed 02 Dec 09:00"]


def test_an_end_after_some_times_holds_wherever_one_starts_to_look():
    document = {**NINE, "end_after": 3}
    assert local(document, 9) == ["Sat 21 Nov 09:00", "Sun 22 Nov 09:00", "Mon 23 Nov 09:00"]
    assert local(document, 9, after=at("2026-11-22T12:00")) == ["Mon 23 Nov 09:00"]
    assert local(document, 9, after=at("2026-11-23T12:00")) == []


@pytest.mark.parametrize(("rule", "expected"), [
    ("run", ["Thu 24 Dec 09:00", "Fri 25 Dec 09:00", "Sat 26 Dec 09:00", "Sun 27 Dec 09:00"]),
    ("skip", ["Thu 24 Dec 09:00", "Sun 27 Dec 09:00", "Mon 28 Dec 09:00", "Tue 29 Dec 09:00"]),
])
def test_a_holiday_runs_or_is_left_out(rule, expected):
    document = {**NINE, "holidays": {"calendars": ["country:DE"], "rule": rule}}
    assert local(document, 4, after=at("2026-12-23T12:00")) == expected


@pytest.mark.parametrize(("rule", "day", "expected"), [
    ("previous", 25, ["Wed 25 Nov 09:00", "Thu 24 Dec 09:00"]),
    ("next", 25, ["Wed 25 Nov 09:00", "Mon 28 Dec 09:00"]),
    ("previous", 1, ["Tue 01 Dec 09:00", "Thu 31 Dec 09:00", "Mon 01 Feb 09:00"]),
])
def test_a_holiday_moves_to_the_working_day_before_or_after(rule, day, expected):
    document = {"monthly": {"day": day, "times": ["09:00"]},
                "holidays": {"calendars": ["country:DE"], "rule": rule}}
    assert local(document, len(expected)) == expected


def test_a_time_moved_earlier_comes_before_the_ones_it_overtakes():
    document = {"cron": "0 17 24 12 *", "holidays": {"calendars": ["christmas"], "rule": "previous"}}
    own = Surroundings(Calendars({"christmas": frozenset({date(2026, 12, 24)})}))
    assert local(document, 1, around=own) == ["Wed 23 Dec 17:00"]


def test_a_moved_time_and_a_planned_one_at_the_same_moment_are_one():
    document = {**NINE, "holidays": {"calendars": ["country:DE"], "rule": "previous"}}
    assert local(document, 3, after=at("2026-12-23T12:00")) == [
        "Thu 24 Dec 09:00", "Sun 27 Dec 09:00", "Mon 28 Dec 09:00"]


def test_a_moved_time_is_found_from_any_moment_before_it():
    document = {"monthly": {"day": 25, "times": ["09:00"]},
                "holidays": {"calendars": ["country:DE"], "rule": "next"}}
    for after in ("2026-12-24T10:00", "2026-12-25T10:00", "2026-12-27T23:00", "2026-12-28T08:59"):
        assert local(document, 1, after=at(after)) == ["Mon 28 Dec 09:00"]


def test_an_own_calendar_counts_beside_a_country():
    own = Surroundings(Calendars({"works": frozenset({date(2026, 12, 28)})}))
    document = {**NINE, "holidays": {"calendars": ["country:DE-BY", "works"], "rule": "skip"}}
    assert local(document, 2, after=at("2026-12-26T12:00"), around=own) == [
        "Sun 27 Dec 09:00", "Tue 29 Dec 09:00"]


def test_an_own_calendar_that_is_gone_is_not_taken_for_empty():
    schedule = parse_schedule({**NINE, "holidays": {"calendars": ["works"]}}, at=AT)
    with pytest.raises(Invalid):
        next_occurrence(schedule, AT)


def test_working_days_are_counted_without_holidays():
    document = {"monthly": {"working_day": 1, "times": ["09:00"]}, "holidays": {"calendars": ["country:DE"]}}
    assert local(document, 2, after=at("2026-12-30T12:00")) == ["Mon 04 Jan 09:00", "Mon 01 Feb 09:00"]


def test_a_weekend_is_where_the_country_has_it():
    document = {"monthly": {"working_day": 1, "times": ["09:00"]}, "holidays": {"calendars": ["country:SA"]}}
    assert local(document, 1, after=at("2027-01-01T00:00")) == ["Sun 03 Jan 09:00"]


def test_two_hours_between_nine_and_five_start_at_nine():
    document = {"interval": "2h", "window": {"from": "09:00", "to": "17:00", "days": WEEKDAYS}}
    assert local(document, 6) == ["Mon 23 Nov 09:00", "Mon 23 Nov 11:00", "Mon 23 Nov 13:00",
                                  "Mon 23 Nov 15:00", "Mon 23 Nov 17:00", "Tue 24 Nov 09:00"]


def test_minutes_keep_to_the_clock_inside_the_hours():
    document = {"interval": "15m", "window": {"from": "09:10", "to": "09:45"}}
    assert local(document, 4) == ["Sat 21 Nov 09:15", "Sat 21 Nov 09:30", "Sat 21 Nov 09:45",
                                  "Sun 22 Nov 09:15"]


def test_hours_may_go_past_midnight_and_belong_to_the_day_they_begin():
    document = {"interval": "1h", "window": {"from": "23:00", "to": "01:00", "days": ["fri"]}}
    assert local(document, 4) == ["Fri 20 Nov 23:00", "Sat 21 Nov 00:00", "Sat 21 Nov 01:00",
                                  "Fri 27 Nov 23:00"]


def test_a_whole_day_ends_before_the_next_one():
    document = {"interval": "12h", "window": {"from": "00:00", "to": "00:00", "days": ["sat"]}}
    assert local(document, 3) == ["Sat 21 Nov 00:00", "Sat 21 Nov 12:00", "Sat 28 Nov 00:00"]


def test_what_falls_outside_the_hours_waits_once_for_them_to_begin():
    document = {"daily": {"times": ["07:00", "07:30", "12:00", "20:00"]},
                "window": {"from": "09:00", "to": "17:00", "days": WEEKDAYS, "outside": "wait"}}
    assert local(document, 3) == ["Mon 23 Nov 09:00", "Mon 23 Nov 12:00", "Tue 24 Nov 09:00"]


@pytest.mark.parametrize("after", ["2026-11-20T20:30", "2026-11-21T12:00", "2026-11-23T08:59"])
def test_a_waiting_time_is_found_from_any_moment_before_the_hours(after):
    document = {"weekly": {"days": ["fri"], "times": ["20:00"]},
                "window": {"from": "09:00", "to": "17:00", "days": WEEKDAYS, "outside": "wait"}}
    assert local(document, 1, after=at(after)) == ["Mon 23 Nov 09:00"]


def test_nothing_starts_in_a_blackout_but_at_its_end_it_may():
    document = {"interval": "1h", "blackouts": [{"from": "2026-11-20T21:00", "to": "2026-11-22T08:00"}]}
    assert local(document, 2) == ["Sun 22 Nov 08:00", "Sun 22 Nov 09:00"]


def test_one_time_can_be_left_out_run_early_or_moved():
    overrides = (
        Override(at("2026-11-21T09:00"), "skip"),
        Override(at("2026-11-22T09:00"), "run_early"),
        Override(at("2026-11-23T09:00"), "move", to=at("2026-11-24T12:00")),
    )
    assert local(NINE, 3, around=Surroundings(overrides=overrides)) == [
        "Tue 24 Nov 09:00", "Tue 24 Nov 12:00", "Wed 25 Nov 09:00"]


def test_a_later_start_is_the_same_each_time_it_is_asked_and_stays_in_its_range():
    schedule = parse_schedule({**NINE, "jitter": "5m"}, at=AT)
    found = list(occurrences(schedule, AT, limit=50))
    delays = {moment - moment.replace(minute=0, second=0) for moment in found}
    assert found == list(occurrences(schedule, AT, limit=50))
    assert len(delays) > 20
    assert all(timedelta() <= delay <= timedelta(minutes=5) for delay in delays)


def test_two_schedules_start_later_by_different_amounts():
    one, two = (parse_schedule({**NINE, "jitter": {"up_to": "5m", "seed": seed}}, at=AT) for seed in "ab")
    assert next_occurrence(one, AT) != next_occurrence(two, AT)
