"""Schedules made up by hypothesis, and how thoroughly to try them."""

import os
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st

settings.register_profile("moderate", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile("thorough" if os.environ.get("CARILLON_THOROUGH") else "moderate")

AT = datetime(2026, 11, 20, 20, 0, 30, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
         "Africa/Cairo", "America/Havana", "Asia/Kathmandu", "Pacific/Auckland", "Antarctica/Troll"]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

clock_times = st.tuples(st.integers(0, 23), st.sampled_from([0, 15, 30, 45, 59])).map(
    lambda parts: f"{parts[0]:02}:{parts[1]:02}")
times = st.lists(clock_times, min_size=1, max_size=3, unique=True)
every = st.integers(1, 3)
zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC))
weekdays = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True)


def part(low, high):
    """One part of a cron expression."""
    numbers = st.integers(low, high)
    ranges = st.tuples(numbers, numbers).map(sorted).map(lambda pair: f"{pair[0]}-{pair[1]}")
    steps = st.integers(1, high + 3)
    stepped = st.builds("{}/{}".format, st.one_of(st.just("*"), ranges), steps)
    piece = st.one_of(numbers.map(str), ranges, stepped, st.just("*"))
    return st.one_of(st.just("*"), st.lists(piece, min_size=1, max_size=3).map(",".join))


cron_texts = st.tuples(part(0, 59), part(0, 23), part(1, 31), part(1, 12), part(0, 7)).map(" ".join)
daily = st.fixed_dictionaries({"daily": st.fixed_dictionaries({"times": times, "every": every})})
weekly = st.fixed_dictionaries({
    "weekly": st.fixed_dictionaries({"days": weekdays, "times": times, "every": every})})
month_days = st.one_of(
    st.fixed_dictionaries({"days": st.lists(st.integers(1, 31), min_size=1, max_size=3, unique=True),
                           "short_month": st.sampled_from(["last", "skip"])}),
    st.fixed_dictionaries({"nth": st.sampled_from([1, 2, 4, "last"]), "weekday": st.sampled_from(DAYS)}),
    st.fixed_dictionaries({"working_day": st.sampled_from([1, 5, 10, "last"])}),
)
monthly = st.builds(lambda day, times, every: {"monthly": {**day, "times": times, "every": every}},
                    month_days, times, every)
intervals = st.sampled_from(["10m", "15m", "45m", "1h", "90m", "6h", "1d", "2d"]).map(
    lambda text: {"interval": text})
crons = st.sampled_from(["*/15 * * * *", "30 2 * * *", "0 */2 * * *", "0 0 1 * mon", "5 0,1,2,3 * * *"]).map(
    lambda text: {"cron": text})
rules = st.one_of(daily, weekly, monthly, intervals, crons)
shapes = st.fixed_dictionaries({}, optional={
    "window": st.fixed_dictionaries(
        {"from": clock_times, "to": clock_times, "outside": st.sampled_from(["skip", "wait"])},
        optional={"days": weekdays}),
    "holidays": st.fixed_dictionaries({
        "calendars": st.just(["country:DE"]),
        "rule": st.sampled_from(["run", "skip", "previous", "next"])}),
    "blackouts": st.just([{"from": "2027-03-20T12:00", "to": "2027-04-10T00:00"}]),
    "jitter": st.sampled_from(["5m", "2h"]),
    "start_on": st.just("2027-02-01"),
    "end_on": st.just("2029-06-30"),
    "end_after": st.integers(1, 50),
    "clock_change": st.fixed_dictionaries({
        "forward": st.sampled_from(["shift", "skip"]),
        "back": st.sampled_from(["first", "second", "both"])}),
})
documents = st.builds(lambda rule, shape, zone: {**rule, **shape, "timezone": zone}, rules, shapes, zones)
