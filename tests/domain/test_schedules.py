from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import parse_schedule, to_document
from engine.domain.timetables.occurrences import next_occurrence, occurrences
from tests.domain.strategies import AT

BERLIN = "Europe/Berlin"


def local(document, limit, timezone=BERLIN):
    """The next times as the document's own clock shows them."""
    schedule = parse_schedule({"timezone": timezone, **document}, at=AT)
    zone = ZoneInfo(timezone)
    return [f"{moment.astimezone(zone):%a %d %b %H:%M}" for moment in occurrences(schedule, AT, limit=limit)]


def problems(document, **given):
    with pytest.raises(Invalid) as refused:
        parse_schedule(document, at=AT, **given)
    return {problem.field: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize(("document", "expected"), [
    ({"interval": "15m"}, ["Fri 20 Nov 21:15", "Fri 20 Nov 21:30"]),
    ({"interval": "45m"}, ["Fri 20 Nov 21:45", "Fri 20 Nov 22:30"]),
    ({"interval": "6h"}, ["Sat 21 Nov 00:00", "Sat 21 Nov 06:00"]),
    ({"interval": "6h", "anchor": "2026-11-20T20:20"}, ["Sat 21 Nov 02:20", "Sat 21 Nov 08:20"]),
    ({"interval": "15m", "align": "anchor"}, ["Fri 20 Nov 21:15", "Fri 20 Nov 21:30"]),
    ({"cron": "0 9 * * 1-5"}, ["Mon 23 Nov 09:00", "Tue 24 Nov 09:00"]),
    ({"daily": {"times": ["17:00", "9:00"]}}, ["Sat 21 Nov 09:00", "Sat 21 Nov 17:00"]),
    ({"daily": {"times": ["09:00"], "every": 3}}, ["Sat 21 Nov 09:00", "Tue 24 Nov 09:00"]),
    ({"daily": {"times": ["09:00"], "every": 3, "anchor": "2026-11-20"}},
     ["Mon 23 Nov 09:00", "Thu 26 Nov 09:00"]),
    ({"weekly": {"days": ["thu", "Monday"], "times": ["07:15"]}}, ["Mon 23 Nov 07:15", "Thu 26 Nov 07:15"]),
    ({"weekly": {"days": ["thu", "mon"], "times": ["07:15"], "every": 2}},
     ["Mon 23 Nov 07:15", "Thu 26 Nov 07:15", "Mon 07 Dec 07:15"]),
    ({"monthly": {"day": 31, "times": ["09:00"]}}, ["Mon 30 Nov 09:00", "Thu 31 Dec 09:00"]),
    ({"monthly": {"day": 31, "times": ["09:00"], "short_month": "skip"}},
     ["Thu 31 Dec 09:00", "Sun 31 Jan 09:00", "Wed 31 Mar 09:00"]),
    ({"monthly": {"days": [15, "last"], "times": ["09:00"]}}, ["Mon 30 Nov 09:00", "Tue 15 Dec 09:00"]),
    ({"monthly": {"nth": "last", "weekday": "fri", "times": ["15:00"]}},
     ["Fri 27 Nov 15:00", "Fri 25 Dec 15:00"]),
    ({"monthly": {"nth": 5, "weekday": "mon", "times": ["15:00"]}}, ["Mon 30 Nov 15:00", "Mon 29 Mar 15:00"]),
    ({"monthly": {"working_day": 1, "times": ["09:00"]}}, ["Tue 01 Dec 09:00", "Fri 01 Jan 09:00"]),
    ({"monthly": {"working_day": "last", "times": ["09:00"]}}, ["Mon 30 Nov 09:00", "Thu 31 Dec 09:00"]),
    ({"monthly": {"day": 1, "times": ["09:00"], "every": 3}}, ["Tue 01 Dec 09:00", "Mon 01 Mar 09:00"]),
    ({"once": "2026-12-24T18:00"}, ["Thu 24 Dec 18:00"]),
    ({"once": "2026-12-24T18:00Z"}, ["Thu 24 Dec 19:00"]),
    ({"say": "every weekday at 9am"}, ["Mon 23 Nov 09:00", "Tue 24 Nov 09:00"]),
])
def test_a_document_means_these_times(document, expected):
    assert local(document, len(expected) if "once" not in document else 5) == expected


def test_a_document_without_a_zone_uses_the_one_it_is_given():
    schedule = parse_schedule({"daily": {"times": ["09:00"]}}, at=AT, timezone="Asia/Tokyo")
    assert next_occurrence(schedule, AT) == datetime(2026, 11, 21, 0, tzinfo=UTC)
    assert schedule.timezone == "Asia/Tokyo"


@pytest.mark.parametrize(("document", "field", "message"), [
    ({}, "kind", "Choose how often this should run"),
    ({"interval": None}, "kind", "Choose how often this should run"),
    ({"interval": "5m", "say": "every day at 9am"}, "say",
     "Choose one way to say when this runs. This has interval (5m) and say (every day at 9am)"),
    ({"interval": 15}, "interval", "Enter a length of time like 30s, 5m, 1h or 1d"),
    ({"interval": "45m", "align": "clock"}, "align",
     "45 minutes does not divide an hour evenly. Choose anchor to count from the first run"),
    ({"weekly": {"days": [], "times": ["09:00"]}}, "weekly.days", "Choose at least one day"),
    ({"weekly": {"days": ["moonday"], "times": ["09:00"]}}, "weekly.days",
     "Choose a day: mon, tue, wed, thu, fri, sat or sun"),
    ({"daily": {}}, "daily.times", "Enter a time, like 9:00"),
    ({"daily": {"times": ["25:00"]}}, "daily.times.0", "Enter a time, like 9:00"),
    ({"daily": {"times": ["09:00", "9:00"]}}, "daily.times.1", "9:00 am is already in the list"),
    ({"daily": {"times": ["09:00"], "every": 0}}, "daily.every", "Number must be between 1 and 365"),
    ({"daily": {"times": ["09:00"], "often": 1}}, "daily.often",
     '"often" is not known here. Known are: times, every, anchor'),
    ({"monthly": {"day": 32, "times": ["09:00"]}}, "monthly.days", "Day must be between 1 and 31"),
    ({"monthly": {"times": ["09:00"]}}, "monthly",
     "Choose one: a day, the last day, a weekday like the last Friday, or a working day"),
    ({"monthly": {"day": 30, "short_month": "skip", "every": 12, "times": ["09:00"],
                  "anchor": "2026-02-01"}}, "monthly", "This will never run. Change the day or the month"),
    ({"once": "2026-11-17T09:00"}, "once", "Tue 17 Nov, 9:00 am has already passed. Choose a later time"),
    ({"once": "soon"}, "once", "Enter a date and a time, like 2026-12-24T18:00"),
    ({"once": "2026-12-24"}, "once", "Enter a time too, like 2026-12-24T18:00"),
    ({"cron": ["0 9 * * *"]}, "cron", "Enter a cron expression, like 0 9 * * 1-5"),
    ({"interval": "5m", "timezone": "CEST"}, "timezone", "Choose a time zone from the list"),
    ({"interval": "5m", "timezone": "+02:00"}, "timezone", "Choose a time zone from the list"),
    ({"interval": "5m", "end_on": "2026-11-22", "start_on": "2026-11-23"}, "end_on",
     "The end date must be after 23 November 2026"),
    ({"interval": "5m", "window": {"from": "9"}}, "window.from", "Enter a time, like 9:00"),
    ({"daily": {"times": ["09:00"]}, "window": {"from": "18:00", "to": "20:00"}}, "window",
     "This never falls between 6:00 pm and 8:00 pm. Change the hours or the times"),
    ({"daily": {"times": ["09:00"]}, "end_on": "2026-11-01"}, None,
     "With these rules this never runs. Remove one of: end date"),
    ({"interval": "5m", "holidays": {"calendars": ["country:XX"]}}, "holidays.calendars",
     'There is no holiday calendar for "XX"'),
    ({"interval": "5m", "holidays": {"calendars": ["country:DE"], "rule": "next"}}, "holidays.rule",
     "This runs too often to be moved to another working day. Run it anyway or skip it"),
    ({"interval": "5m", "jitter": "2d"}, "jitter.up_to", "Enter 1 day or less"),
    ({"interval": "5m", "blackouts": [{"from": "2026-12-02T00:00", "to": "2026-12-01T00:00"}]},
     "blackouts.0.to", "The end must be after the start"),
    ({"interval": "5m", "policies": {"missed": "never"}}, "policies.missed.rule",
     "Choose one of: once, skip, all, ask"),
    ({"interval": "5m", "policies": {"fail_pause": 0}}, "policies.fail_pause",
     "Failures in a row must be between 1 and 1000"),
    ({"say": "every full moon"}, "say",
     'We could not read "every full moon". Try: every day at 9am · Mondays at 10:00 · '
     "last day of the month at 5pm – or choose a pattern below"),
])
def test_a_document_that_can_not_be_used_says_what_to_change(document, field, message):
    assert problems(document)[field] == message


def test_all_problems_are_shown_at_once():
    found = problems({"weekly": {"days": [], "times": ["09:00"]}, "timezone": "Mars", "colour": "red"})
    assert set(found) == {"weekly.days", "timezone", "colour"}


@pytest.mark.parametrize("document", ["every day", None, [], 5])
def test_something_that_is_no_document_is_refused(document):
    assert problems(document) == {None: "Choose how often this should run"}


def test_an_interval_below_the_floor_is_refused_but_a_stored_one_keeps_going():
    floor = timedelta(minutes=1)
    assert problems({"interval": "30s"}, floor=floor) == {
        "interval": "Enter 1 minute or more. To check more often, ask an administrator"}
    parse_schedule({"interval": "30s"}, at=AT, floor=floor, stored=True)


def test_a_stored_time_that_has_passed_can_still_be_read():
    document = to_document(parse_schedule({"once": "2026-12-24T18:00"}, at=AT))
    later = AT + timedelta(days=365)
    assert next_occurrence(parse_schedule(document, at=later, stored=True), later) is None


def test_the_second_of_two_equal_local_times_survives_being_stored():
    schedule = parse_schedule({"once": "2027-10-31T01:30Z", "timezone": BERLIN}, at=AT)
    assert to_document(schedule)["once"] == "2027-10-31T01:30:00Z"
    assert parse_schedule(to_document(schedule), at=AT) == schedule


def test_the_document_is_canonical():
    one = parse_schedule({"weekly": {"days": ["Friday", "mon"], "times": ["9:00"]}}, at=AT)
    two = parse_schedule({"weekly": {"days": ["mon", "fri"], "times": ["09:00"], "every": 1},
                          "timezone": "UTC", "policies": {}}, at=AT)
    assert to_document(one) == to_document(two) == {
        "weekly": {"days": ["mon", "fri"], "times": ["09:00"], "every": 1}, "timezone": "UTC",
        "policies": {"missed": {"rule": "once", "within": "6h", "limit": 10, "pace": "1m"},
                     "overlap": {"rule": "skip", "limit": 3}, "too_late": None, "fail_pause": 5}}


def test_an_interval_stays_where_it_was_counted_from_when_it_is_saved_again():
    first = parse_schedule({"interval": "45m"}, at=AT)
    again = parse_schedule(to_document(first), at=AT + timedelta(minutes=17))
    assert again == first
