"""A choice about clock changes is offered only where there is one; readers elsewhere are told of theirs."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.domain.schedules.clock_touches import clock_choices
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.schedules.sentences import sentence, warnings
from engine.domain.timetables.occurrences import occurrences
from tests.domain.strategies import AT

HALF_PAST_TWO = {"daily": {"times": ["02:30"]}}
NINE = {"daily": {"times": ["09:00"]}}
MARCH = datetime(2027, 3, 10, tzinfo=UTC)


def parsed(document):
    return parse_schedule({"timezone": "Europe/Berlin", **document}, at=AT)


def asked(document, at=AT):
    return {choice.name: choice.question for choice in clock_choices(parsed(document), at)}


def seen_from(viewer, document, at=MARCH):
    found = warnings(parsed(document), at, viewer=viewer)
    return [warning.message for warning in found if warning.code == "zone_distance"]


def test_a_time_that_is_missing_once_and_comes_twice_once_has_both_choices():
    assert asked(HALF_PAST_TWO) == {
        "forward": "On Sun 28 March 2027, 2:30 am does not exist",
        "back": "On Sun 31 October 2027, 2:30 am happens twice",
    }
    forward, back = clock_choices(parsed(HALF_PAST_TWO), AT)
    assert forward.options == (("shift", "Run at 3:00 am"), ("skip", "Skip that day"))
    assert [key for key, _ in back.options] == ["first", "second", "both"]


@pytest.mark.parametrize("document", [
    NINE, {"interval": "1h"}, {"cron": "30 2 * * *"}, {"once": "2027-03-28T02:30"},
    {"weekly": {"days": ["mon", "sat"], "times": ["02:30"]}}, {**HALF_PAST_TWO, "timezone": "Asia/Tokyo"},
    {**HALF_PAST_TWO, "end_on": "2027-03-27"}, {**HALF_PAST_TWO, "start_on": "2028-01-01"},
    {**HALF_PAST_TWO, "window": {"from": "02:00", "to": "04:00", "days": ["mon"]}},
])
def test_nothing_is_asked_where_nothing_is_to_be_chosen(document):
    assert asked(document) == {}


def test_only_the_change_that_is_touched_is_asked_about():
    only_autumn = {"monthly": {"nth": "last", "weekday": "sun", "times": ["02:30"], "every": 12,
                               "anchor": "2026-10-01"}}
    assert list(asked(only_autumn)) == ["back"]


@pytest.mark.parametrize("name", ["forward", "back"])
def test_every_option_that_is_offered_makes_a_difference(name):
    choice = next(choice for choice in clock_choices(parsed(HALF_PAST_TWO), AT) if choice.name == name)
    found = {tuple(occurrences(parsed({**HALF_PAST_TWO, "clock_change": {name: key}}), AT, limit=400))
             for key, _ in choice.options}
    assert len(found) == len(choice.options)


def test_a_cron_expression_says_nothing_of_a_choice_it_does_not_follow():
    plain = {"cron": "30 2 * * *"}
    assert sentence(parsed({**plain, "clock_change": {"forward": "skip"}})) == sentence(parsed(plain))


@pytest.mark.parametrize(("viewer", "at", "message"), [
    ("America/New_York", MARCH, "From 14 to 28 March, New York and Berlin are one hour closer than usual: "
                                "you will see 4:00 am instead of 3:00 am."),
    ("Asia/Jerusalem", MARCH.replace(day=20),
     "From 26 to 28 March, Jerusalem and Berlin are one hour further apart than usual: "
     "you will see 11:00 am instead of 10:00 am."),
])
def test_a_reader_elsewhere_is_told_when_the_zones_move(viewer, at, message):
    assert seen_from(viewer, NINE, at) == [message]


def test_what_the_reader_is_told_is_what_the_clock_there_shows():
    found = seen_from("America/New_York", {"weekly": {"days": ["wed"], "times": ["01:15", "18:00"]}})
    assert found[0].endswith("you will see 1:00 pm and 8:15 pm instead of 12:00 pm and 7:15 pm.")


@pytest.mark.parametrize(("viewer", "document", "at"), [
    ("Europe/Berlin", NINE, MARCH),  # one's own
    ("Europe/Paris", NINE, MARCH),  # changes together
    ("Asia/Tokyo", NINE, MARCH),  # never changes: no usual distance
    ("America/New_York", NINE, AT),  # months away
    ("America/New_York", {"interval": "1h"}, MARCH),  # has no times of its own
    ("America/New_York", {"monthly": {"day": 5, "times": ["09:00"]}}, MARCH),  # none then
    ("America/New_York", {"once": "2027-03-20T09:00"}, MARCH),
])
def test_a_reader_is_told_nothing_where_nothing_moves(viewer, document, at):
    assert seen_from(viewer, document, at) == []


def test_weeks_that_have_begun_are_told_until_they_end():
    for day in range(14, 27):
        assert seen_from("America/New_York", NINE, MARCH.replace(day=day) + timedelta(hours=12))
    assert not seen_from("America/New_York", NINE, MARCH.replace(day=29))


def test_one_time_that_does_not_exist_is_told_where_it_goes() -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    schedule = parse_schedule({"once": "2027-03-28T02:30"}, at=at, timezone="Europe/Berlin")
    assert [warning.message for warning in warnings(schedule, at)] == [
        "Clocks go forward on Sun 28 March 2027. 2:30 am does not exist that night, so this runs at 3:00 am."]
    exists = parse_schedule({"once": "2027-03-28T03:30"}, at=at, timezone="Europe/Berlin")
    assert warnings(exists, at) == []
