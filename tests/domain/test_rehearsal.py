"""A schedule rehearsed with the durations of past runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.due.rehearsal import MOST_TIMES, RULES, Rehearsal, play, rehearse
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.timetables.policies import Overlap, Policies

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def schedule(**document: Any) -> Schedule:
    return parse_schedule({"timezone": "UTC", **document}, at=AT)


def every(minutes: int, count: int) -> list[datetime]:
    return [AT + MINUTE * minutes * number for number in range(count)]


def played(rule: str, due: list[datetime], *minutes: int, limit: int = 3) -> Rehearsal:
    return play(Policies(overlap=Overlap(rule, limit)), due, [MINUTE * length for length in minutes])


@pytest.mark.parametrize("rule", RULES)
def test_runs_shorter_than_the_gap_are_the_same_under_every_rule(rule: str):
    seen = played(rule, every(10, 6), 10)

    assert (seen.started, seen.untouched, seen.skipped, seen.overlaps, seen.most_at_once) == (6, 6, 0, 0, 1)


def test_skipping_leaves_out_what_meets_a_run_still_going():
    seen = played("skip", every(10, 9), 14)

    assert (seen.started, seen.skipped, seen.waited, seen.stopped) == (5, 4, 0, 0)


def test_a_line_lets_runs_wait_and_leaves_out_what_finds_it_full():
    seen = played("queue", every(10, 6), 35, limit=2)

    # From 0 to 35, then those of 10 (25 late), 20 (50 late), 40 (65 late); 30 and 50 find two waiting.
    assert (seen.started, seen.waited, seen.skipped, seen.longest_line) == (4, 3, 2, 2)
    assert seen.longest_wait == 65 * MINUTE


def test_allowing_counts_how_many_go_on_at_once():
    seen = played("allow", every(10, 6), 25)

    assert (seen.started, seen.overlaps, seen.most_at_once, seen.skipped) == (6, 5, 3, 0)


def test_replacing_stops_what_still_goes_on():
    seen = played("replace", every(10, 6), 25)

    assert (seen.started, seen.stopped, seen.untouched, seen.most_at_once) == (6, 5, 1, 1)


def test_a_run_that_ends_at_the_very_moment_is_over():
    assert played("skip", every(10, 3), 10).skipped == 0


def test_the_durations_come_over_and_over_in_their_order():
    seen = played("skip", every(10, 6), 15, 5, 5)

    assert (seen.started, seen.skipped) == (4, 2)


def test_a_month_is_played_through_under_all_four_rules():
    seen = rehearse(schedule(interval="10m"), [14 * MINUTE], AT, days=2)

    assert (seen.due, [one.rule for one in seen.by_rule]) == (288, list(RULES))
    assert [one.skipped for one in seen.by_rule][:1] == [144]


def test_the_length_of_the_line_is_the_schedules_own():
    policies = {"overlap": {"rule": "queue", "limit": 7}}
    seen = rehearse(schedule(interval="10m", policies=policies), [60 * MINUTE], AT, days=2)

    assert {one.rule: one.longest_line for one in seen.by_rule}["queue"] == 7


def test_every_second_is_played_through_as_far_as_the_limit_reaches():
    seen = rehearse(schedule(interval="1s"), [MINUTE], AT)

    assert (seen.due, seen.until) == (MOST_TIMES, AT + timedelta(seconds=MOST_TIMES))


def test_a_schedule_without_times_in_the_span_has_nothing_to_rehearse():
    seen = rehearse(schedule(once="2026-12-24T18:00"), [MINUTE], AT)

    assert (seen.due, seen.by_rule[0].started) == (0, 0)


@given(st.sampled_from(RULES), st.lists(st.integers(1, 90), min_size=1, max_size=5), st.integers(1, 5))
def test_every_due_time_either_starts_or_is_skipped(rule: str, minutes: list[int], limit: int):
    seen = played(rule, every(10, 40), *minutes, limit=limit)

    assert seen.started + seen.skipped == 40
    assert seen.longest_line <= limit
    assert rule == "allow" or seen.most_at_once == 1
    assert (seen.longest_wait > timedelta()) == (seen.waited > 0)
