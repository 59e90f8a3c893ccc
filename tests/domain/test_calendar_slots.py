from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from engine.domain.due.calendar_slots import LIST_DAYS, hours, month_days, slots, step

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(("view", "first", "last", "number"), [
    ("day", date(2026, 11, 20), date(2026, 11, 20), 24),
    ("week", date(2026, 11, 16), date(2026, 11, 22), 28),
    ("month", date(2026, 10, 26), date(2026, 12, 6), 42),
    ("list", date(2026, 11, 20), date(2026, 11, 26), LIST_DAYS),
])
def test_a_view_is_divided(view, first, last, number):
    found = slots(view, DAY, "Europe/Berlin", DAY)

    assert (found[0].day, found[-1].day, len(found)) == (first, last, number)


@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"])
@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2026, 10, 25), date(2018, 11, 4), DAY])
def test_slots_leave_no_gap_and_do_not_overlap(view, zone, day):
    found = slots(view, day, zone, DAY)

    assert all(earlier.end == later.start for earlier, later in pairwise(found))
    assert all(slot.start < slot.end for slot in found)


def test_an_hour_the_clock_jumps_over_is_not_there():
    assert [slot.hour for slot in hours(date(2027, 3, 28), "Europe/Berlin")][:4] == [0, 1, 3, 4]


def test_an_hour_that_comes_twice_is_one_row_of_two_hours():
    twice = hours(date(2026, 10, 25), "Europe/Berlin")[2]

    assert twice.end - twice.start == timedelta(hours=2)


def test_days_begin_at_midnight_of_the_reader():
    assert slots("day", DAY, "Europe/Berlin", DAY)[0].start == datetime(2026, 11, 19, 23, tzinfo=UTC)


def test_the_current_month_always_shows_a_week_ahead():
    assert month_days(date(2026, 11, 30), today=date(2026, 11, 30))[-1] >= date(2026, 12, 7)
    assert month_days(date(2026, 11, 30), today=date(2026, 1, 1))[-1] == date(2026, 12, 6)


@pytest.mark.parametrize(("view", "later"), [
    ("day", date(2027, 1, 1)), ("week", date(2027, 1, 7)), ("month", date(2027, 1, 1)),
    ("list", date(2027, 1, 7)),
])
def test_a_step_later_and_back(view, later):
    assert step(view, date(2026, 12, 31), 1) == later
    assert step(view, date(2027, 1, 1), -1) < date(2027, 1, 1)
