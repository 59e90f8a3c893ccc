"""A cron expression becomes a pattern only where the pattern means exactly the same."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.schedules.sentences import sentence
from engine.domain.time.cron import parse_cron
from engine.domain.timetables.occurrences import occurrences
from engine.domain.timetables.pattern_texts import cron_text
from engine.domain.timetables.patterns import as_pattern
from tests.domain.strategies import AT, cron_texts, moments, zones


def turned(text, zone="Europe/Berlin", **shape):
    return as_pattern(parse_schedule({"cron": text, "timezone": zone, **shape}, at=AT), AT)


@pytest.mark.parametrize(("text", "expected"), [
    ("0 9 * * 1-5", "Every weekday (Mon–Fri) at 9:00 am, Berlin time."),
    ("0 9,17 * * *", "Every day at 9:00 am and 5:00 pm, Berlin time."),
    ("15,45 8,9 * * mon", "Every Monday at 8:15 am, 8:45 am, 9:15 am and 9:45 am, Berlin time."),
    ("@weekly", "Every Sunday at 12:00 am, Berlin time."),
    ("0 9 1,15 * *", "On the 1st and 15th of every month at 9:00 am, Berlin time."),
    ("0 9 31 * *",
     "On the 31st of every month at 9:00 am, Berlin time. Months without that day are left out."),
    ("0 9 1 1,4,7,10 *",
     "On the 1st of every 3rd month at 9:00 am, Berlin time, counting from January 2026."),
    ("0 9 24 12 *", "Every year on 24 December at 9:00 am, Berlin time."),
    ("*/15 * * * *", "Every 15 minutes, on the quarter hour."),
    ("0 * * * *", "Every hour, on the hour."),
    ("*/30 9-17 * * 1-5", "Every 30 minutes between 9:00 am and 5:30 pm, Monday to Friday, Berlin time."),
])
def test_what_a_pattern_can_say_is_turned(text, expected):
    assert sentence(turned(text)) == expected


@pytest.mark.parametrize("text", [
    "0 9 1 * mon", "0 9 * 6 *", "*/7 * * * *", "0 9 1-7 * 1", "0 */2 * * *", "5 * * * *", "0 9 1 1,2 *",
])
def test_what_no_pattern_says_exactly_stays_as_it_is(text):
    assert turned(text) is None


def test_every_two_hours_is_a_pattern_only_where_clocks_never_change():
    assert turned("0 */2 * * *") is None
    assert sentence(turned("0 */2 * * *", "Asia/Tokyo")).startswith("Every 2 hours")


def test_a_clock_that_changes_by_half_an_hour_is_looked_at():
    assert turned("*/20 * * * 1-5")
    assert turned("*/20 * * * 1-5", "Australia/Lord_Howe") is None


def test_what_follows_the_clock_on_the_wall_goes_on_doing_so():
    pattern = turned("*/30 2 * * *")
    assert (pattern.clock_change.forward, pattern.clock_change.back) == ("skip", "both")


def test_what_shapes_the_schedule_stays():
    shape = {"end_on": "2027-06-30", "jitter": {"up_to": "5m", "seed": "x"},
             "holidays": {"calendars": ["country:DE"]}, "window": {"from": "08:00", "to": "18:00"}}
    pattern = turned("0 9 * * 1-5", **shape)
    assert sentence(pattern).endswith(
        "Not on public holidays in Germany. Ends on 30 Jun 2027. Starts up to 5 minutes later.")
    assert turned("*/30 9-17 * * 1-5", **shape) is None  # its hours would take the place of the given ones


@given(cron_texts, zones, moments)
def test_a_pattern_always_has_the_times_of_its_expression(text, zone, moment):
    try:
        schedule = parse_schedule({"cron": text, "timezone": zone}, at=AT)
    except Invalid:
        return
    pattern = as_pattern(schedule, AT)
    after = max(moment, AT)
    until = after + timedelta(days=400)
    if pattern is not None:
        expected = list(occurrences(schedule, after, until, 200))
        assert list(occurrences(pattern, after, until, 200)) == expected


minutes = st.sampled_from(["0", "30", "5,35", "*/15", "*"])
hours = st.sampled_from(["9", "2", "8,20", "9-17", "*"])
days = st.sampled_from(["* * *", "* * 1-5", "1 * *", "1,31 * *", "1 1,4,7,10 *", "24 12 *", "* * 0,6"])


@given(st.tuples(minutes, hours, days).map(" ".join), zones)
def test_a_pattern_gives_its_expression_back(text, zone):
    pattern = turned(text, zone)
    if pattern is not None:
        back, cron = parse_cron(cron_text(pattern)), parse_cron(text)
        assert (back.minutes, back.hours, back.days, back.months, back.weekdays, back.clock_change) == (
            cron.minutes, cron.hours, cron.days, cron.months, cron.weekdays, cron.clock_change)


@pytest.mark.parametrize("document", [
    {"weekly": {"days": ["mon"], "times": ["09:00"], "every": 2}},
    {"monthly": {"nth": "last", "weekday": "fri", "times": ["09:00"]}},
    {"monthly": {"days": ["last"], "times": ["09:00"]}}, {"monthly": {"day": 31, "times": ["09:00"]}},
    {"monthly": {"day": 1, "times": ["09:00"], "every": 5}}, {"daily": {"times": ["09:00", "17:30"]}},
    {"interval": "45m"}, {"interval": "90s"}, {"once": "2026-12-24T18:00"},
    {"interval": "1h", "window": {"from": "22:00", "to": "02:00"}},
])
def test_what_cron_can_not_say_has_no_expression(document):
    assert cron_text(parse_schedule(document, at=AT)) is None
