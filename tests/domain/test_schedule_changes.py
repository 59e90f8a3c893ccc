"""What a person is told before a changed schedule is saved."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.schedules.changes import HORIZON, MOST_COMPARED, SHOWN, compare
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.domain.timetables.shapes import Override

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WEEKDAYS = {"cron": "0 9 * * 1-5"}
_CRONS = st.builds("{} {} * * {}".format, st.sampled_from(["0", "15,45", "*/20"]),
                   st.sampled_from(["9", "*/6", "2,14"]), st.sampled_from(["*", "1-5", "0", "2,4"]))


def schedule(**document: Any) -> Schedule:
    return parse_schedule({"timezone": "Europe/Berlin", **document}, at=AT)


def test_the_same_schedule_changes_nothing():
    changes = compare(schedule(**WEEKDAYS), schedule(**WEEKDAYS), AT)

    assert (changes.added, changes.removed, changes.kept, changes.first_new) == (0, 0, 64, None)
    assert changes.sentence == ("In the next 90 days all 64 times stay as they are. "
                                "The next is 3 Mar 2026, 9:00 am, Berlin time. Saving starts nothing now.")


def test_a_weekend_more_names_the_first_new_time():
    changes = compare(schedule(**WEEKDAYS), schedule(cron="0 9 * * *"), AT)

    assert (changes.added, changes.removed, changes.kept) == (26, 0, 64)
    assert changes.first_new == datetime(2026, 3, 7, 8, 0, tzinfo=UTC)
    assert changes.sentence == (
        "In the next 90 days 26 times are added and 64 times stay. "
        "The next is 3 Mar 2026, 9:00 am, as before, and the first new one 7 Mar 2026, "
        "9:00 am, Berlin time. Saving starts nothing now.")


def test_another_hour_replaces_every_time():
    changes = compare(schedule(**WEEKDAYS), schedule(cron="0 10 * * 1-5"), AT)

    assert (changes.added, changes.removed, changes.kept) == (64, 64, 0)
    assert "64 times are added, 64 times are taken away and none stays" in changes.sentence


def test_another_zone_with_the_same_clock_times_is_another_moment():
    changes = compare(schedule(**WEEKDAYS), schedule(**WEEKDAYS, timezone="Europe/London"), AT)

    assert changes.kept == 0
    assert "The next is 3 Mar 2026, 9:00 am, London time." in changes.sentence


def test_one_time_is_said_in_the_singular():
    changes = compare(schedule(once="2026-03-05T09:00"), schedule(once="2026-03-06T09:00"), AT)

    assert "1 time is added, 1 time is taken away and none stays" in changes.sentence


def test_a_schedule_that_is_over_says_so():
    over = parse_schedule({"once": "2026-01-01T09:00", "timezone": "UTC"}, at=AT, stored=True)

    assert "64 times are taken away and none stays. It will not run again." in (
        compare(schedule(**WEEKDAYS), over, AT).sentence)


def test_what_could_not_be_read_before_had_no_times():
    assert compare(None, schedule(**WEEKDAYS), AT).added == 64


def test_a_next_time_beyond_the_span_is_still_named():
    changes = compare(schedule(**WEEKDAYS), schedule(once="2026-12-24T18:00"), AT)

    assert "The next is 24 Dec 2026, 6:00 pm, Berlin time." in changes.sentence


def test_a_time_somebody_took_out_by_hand_is_no_change():
    around = Surroundings(overrides=[Override(datetime(2026, 3, 3, 8, tzinfo=UTC), "skip")])
    changes = compare(schedule(**WEEKDAYS), schedule(**WEEKDAYS), AT, around=around)

    assert (changes.added, changes.removed, changes.kept) == (0, 0, 63)


@pytest.mark.parametrize("often", [{"cron": "* * * * *"}, {"interval": "1s"}])
def test_very_many_times_are_compared_over_a_shorter_span_and_exactly(often: dict[str, str]):
    old, new = schedule(**often), schedule(**WEEKDAYS)
    changes = compare(old, new, AT)

    assert changes.until < AT + HORIZON
    assert changes.added + changes.removed + changes.kept == MOST_COMPARED
    assert changes.removed + changes.kept == len(list(occurrences(old, AT, until=changes.until)))


@given(_CRONS, _CRONS)
def test_the_counts_are_the_difference_of_the_two_sets(one: str, other: str):
    old, new = schedule(cron=one), schedule(cron=other)
    changes = compare(old, new, AT, horizon=timedelta(days=20))
    was, will = (set(occurrences(each, AT, until=AT + timedelta(days=20))) for each in (old, new))

    counts = (changes.added, changes.removed, changes.kept)
    assert counts == (len(will - was), len(was - will), len(was & will))
    assert list(changes.added_first) == sorted(will - was)[:SHOWN]
    assert list(changes.removed_first) == sorted(was - will)[:SHOWN]
    assert changes.next == min(will)
