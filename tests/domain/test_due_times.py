from datetime import UTC, datetime, timedelta

import pytest

from engine.domain.due.due_times import beat, count, due_times, stored_schedule
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.domain.timetables.shapes import Override

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
NOTHING = Surroundings()


def schedule(document):
    return parse_schedule({**document, "timezone": "UTC"}, at=MONDAY)


def test_a_few_times_a_day_are_all_there():
    due = due_times(schedule({"daily": {"times": ["00:00", "09:00"]}}), NOTHING, MONDAY, MONDAY + 2 * DAY)

    assert [f"{moment:%d %H}" for moment in due.moments] == ["02 00", "02 09", "03 00", "03 09"]
    assert not due.is_often


def test_the_window_ends_just_before_its_end():
    midnight = schedule({"daily": {"times": ["00:00"]}})

    assert due_times(midnight, NOTHING, MONDAY, MONDAY + DAY).moments == (MONDAY,)


@pytest.mark.parametrize(("document", "words"), [
    ({"interval": "1m"}, "every minute"),
    ({"interval": "5m"}, "every 5 minutes"),
    ({"interval": "1h"}, "every hour"),
    ({"cron": "*/30 9-17 * * *"}, "every 30 minutes"),
    ({"cron": "1,2,3,7,13,14,29,31,38,44,51,53,59 * * * *"}, "more than 12 times a day"),
])
def test_what_comes_often_is_a_beat_and_not_a_list(document, words):
    due = due_times(schedule(document), NOTHING, MONDAY, MONDAY + 31 * DAY)

    assert due.is_often
    assert len(due.moments) == 13
    assert beat(due.gap) == words


def test_often_is_found_where_the_window_begins_on_a_day_without_any():
    due = due_times(schedule({"cron": "*/10 9-17 * * 5"}), NOTHING, MONDAY, MONDAY + 31 * DAY)

    assert due.is_often


def test_twelve_in_one_hour_of_the_month_are_a_list():
    due = due_times(schedule({"cron": "*/5 9 15 * *"}), NOTHING, MONDAY, MONDAY + 31 * DAY)

    assert not due.is_often
    assert len(due.moments) == 12


def test_counting_stops_at_the_most():
    every_minute, every_five = schedule({"interval": "1m"}), schedule({"interval": "5m"})

    assert count(every_minute, NOTHING, MONDAY, MONDAY + DAY, 288) is None
    assert count(every_five, NOTHING, MONDAY, MONDAY + DAY, 288) == 288


def test_a_decision_about_one_time_changes_the_answer_at_once():
    nine = schedule({"daily": {"times": ["09:00"]}})
    first = MONDAY + timedelta(hours=9)
    skipped = Surroundings(overrides=(Override(first, "skip"),))

    assert due_times(nine, NOTHING, MONDAY, MONDAY + DAY).moments == (first,)
    assert due_times(nine, skipped, MONDAY, MONDAY + DAY).moments == ()


@pytest.mark.parametrize("document", [
    {"daily": {"times": ["02:30", "17:00"], "every": 3}},
    {"monthly": {"day": 31, "times": ["09:00"]}},
    {"cron": "0 9 * * 1-5"},
])
def test_they_are_the_occurrences_and_nothing_else(document):
    asked = schedule(document)
    end = MONDAY + 60 * DAY

    assert list(due_times(asked, NOTHING, MONDAY, end).moments) == list(occurrences(asked, MONDAY, end))


def test_what_cannot_be_read_is_none():
    assert stored_schedule('{"interval": "soon"}') is None
    assert stored_schedule("{}") is None
