from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest

from engine.domain.schedules.schedules import parse_schedule
from engine.domain.time.clock_changes import changes
from engine.domain.time.cron import next_times
from engine.domain.timetables.occurrences import occurrences
from tests.domain.strategies import AT

END = AT + timedelta(days=3 * 366)
DAY = timedelta(days=1)


def zones_with_changes():
    """One zone for each different row of jumps in the next three years."""
    found = {}
    for zone in sorted(available_timezones()):
        row = tuple(changes(zone, AT, END))
        if row:
            found.setdefault(row, zone)
    return [(zone, change) for row, zone in found.items() for change in row]


JUMPS = zones_with_changes()


@pytest.mark.parametrize(("zone", "day", "document", "expected"), [
    ("Europe/Berlin", "2027-03-28", {"daily": {"times": ["02:30"]}}, "2027-03-28T03:00+02:00"),
    ("Europe/Berlin", "2027-10-31", {"daily": {"times": ["02:30"]}}, "2027-10-31T02:30+02:00"),
    ("America/New_York", "2027-03-14", {"daily": {"times": ["02:30"]}}, "2027-03-14T03:00-04:00"),
    ("Australia/Sydney", "2027-10-03", {"weekly": {"days": ["sun"], "times": ["02:15"]}},
     "2027-10-03T03:00+11:00"),
    ("Europe/Berlin", "2027-03-28", {"monthly": {"day": 28, "times": ["02:30"]}}, "2027-03-28T03:00+02:00"),
    ("Europe/Berlin", "2027-03-28", {"cron": "30 2 * * *"}, "2027-03-28T03:00+02:00"),
    ("Europe/Berlin", "2027-03-28", {"once": "2027-03-28T02:30"}, "2027-03-28T03:00+02:00"),
    ("Europe/Berlin", "2027-10-31", {"once": "2027-10-31T02:30"}, "2027-10-31T02:30+02:00"),
])
def test_a_time_that_a_change_touches_comes_exactly_once(zone, day, document, expected):
    assert on_day(document, zone, date.fromisoformat(day)) == [datetime.fromisoformat(expected)]


@pytest.mark.parametrize(("choice", "count"), [
    ({"back": "first"}, 1), ({"back": "second"}, 1), ({"back": "both"}, 2), ({"forward": "skip"}, 1),
])
def test_the_hour_that_comes_twice_follows_the_choice(choice, count):
    document = {"daily": {"times": ["02:30"]}, "clock_change": choice}
    found = on_day(document, "Europe/Berlin", date(2027, 10, 31))
    assert len(found) == count
    hour = 1 if choice.get("back") in ("second", "both") else 0
    assert found[-1] == datetime(2027, 10, 31, hour, 30, tzinfo=UTC)


def test_the_hour_that_is_missing_can_be_left_out():
    document = {"daily": {"times": ["02:30"]}, "clock_change": {"forward": "skip"}}
    assert on_day(document, "Europe/Berlin", date(2027, 3, 28)) == []


def test_an_interval_counts_real_time_through_the_long_day():
    found = on_day({"interval": "30m"}, "America/New_York", date(2027, 11, 7))
    assert len(found) == 48 + 2
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=30)}


@pytest.mark.parametrize(("zone", "change"), JUMPS, ids=lambda value: getattr(value, "at", value))
def test_no_change_in_three_years_skips_or_doubles_a_daily_time(zone, change):
    middle = min(change.local_before, change.local_after) + abs(change.after - change.before) / 2
    document = {"daily": {"times": [f"{middle:%H:%M}"]}, "timezone": zone}
    schedule = parse_schedule(document, at=AT)
    found = list(occurrences(schedule, change.at - 3 * DAY, until=change.at + 3 * DAY))
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert len(found) in (5, 6, 7)
    assert all(abs(gap - DAY) <= abs(change.after - change.before) for gap in gaps)


@pytest.mark.parametrize(("zone", "change"), JUMPS[::5], ids=lambda value: getattr(value, "at", value))
def test_a_starred_cron_keeps_an_even_beat_through_every_change(zone, change):
    found = next_times("*/10 * * * *", zone, change.at - timedelta(hours=3), 40)
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=10)}


def on_day(document, zone, day):
    schedule = parse_schedule({**document, "timezone": zone}, at=AT)
    start = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    end = datetime.combine(day + DAY, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    return list(takewhile(lambda moment: moment < end, occurrences(schedule, start - timedelta(seconds=1))))
