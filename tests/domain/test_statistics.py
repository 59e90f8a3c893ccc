"""What can be read from counters of ended runs."""

from datetime import UTC, datetime, timedelta
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.runs.statistics import Bucket, Ended, bucket_of, failing, percentile, tallied

HALF_PAST_NINE = datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)
NINE, MIDNIGHT = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)


def ended(status="completed", took=12_000, waited=3, workflow="w"):
    return Ended(workflow, status, HALF_PAST_NINE, took, waited)


def test_runs_that_ended_alike_in_one_hour_share_a_counter():
    counted = tallied([ended(), ended(took=13_000)])

    assert counted["w", NINE, "completed", 0] == (2, 25_000)


def test_results_go_by_the_hour_and_lengths_by_the_day():
    assert {(cell.measure, cell.at) for cell in tallied([ended()])} == {
        ("completed", NINE), ("took", MIDNIGHT), ("waited", MIDNIGHT),
    }


def test_only_runs_that_went_well_say_how_long_one_takes():
    assert not any(cell.measure == "took" for cell in tallied([ended("failed"), ended("cancelled")]))


def test_a_run_stopped_in_line_counts_by_its_result_only():
    assert list(tallied([ended("cancelled", None, None)])) == [("w", NINE, "cancelled", 0)]


def test_every_writer_goes_through_the_counters_in_the_same_order():
    one_way = tallied([ended(workflow="a"), ended(workflow="b")])
    other_way = tallied([ended(workflow="b"), ended(workflow="a")])

    assert list(one_way) == list(other_way)


def test_failed_runs_count_for_their_step_by_day_and_the_others_for_none():
    runs = [ended("failed")._replace(failed_step=step) for step in ("b", "a", "b", None)]

    assert [(counter.step_key, counter.at.hour, count) for counter, count in failing(runs).items()] == [
        ("a", 0, 1), ("b", 0, 2)]
    assert failing([ended()]) == {}


def lengths(*milliseconds):
    buckets = {}
    for one in milliseconds:
        number = bucket_of(one)
        buckets[number] = buckets.get(number, Bucket()).plus(1, one)
    return buckets


@given(st.integers(1, 10**9), st.integers(1, 50), st.sampled_from([0.5, 0.95]))
def test_the_percentile_of_equal_lengths_is_that_length(milliseconds, runs, share):
    found = percentile(lengths(*[milliseconds] * runs), share)

    assert found == timedelta(milliseconds=milliseconds)


@given(st.lists(st.integers(1, 10**7), min_size=1), st.sampled_from([0.5, 0.95]))
def test_a_percentile_is_within_what_was_seen_and_near_the_true_one(seen, share):
    true = sorted(seen)[ceil(round(share * len(seen), 9)) - 1]
    found = percentile(lengths(*seen), share) / timedelta(milliseconds=1)

    assert min(seen) <= found <= max(seen)
    assert true / 1.2 - 2 <= found <= true * 1.2 + 2


def test_a_few_runs_of_clearly_different_lengths_are_told_exactly():
    two = lengths(1_000, 6_010)

    assert percentile(two, 0.5) == timedelta(seconds=1)
    assert percentile(two, 0.95) == timedelta(seconds=6.01)


def test_a_twentieth_of_slow_runs_shows_at_the_edge_only():
    buckets = lengths(*[1_000] * 90, *[60_000] * 10)

    assert percentile(buckets, 0.5) < timedelta(seconds=2)
    assert percentile(buckets, 0.95) > timedelta(seconds=50)


def test_without_runs_there_is_no_percentile():
    assert percentile({}, 0.5) is None
