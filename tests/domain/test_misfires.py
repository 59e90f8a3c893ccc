from datetime import timedelta

import pytest

from engine.domain.due.misfires import decide, is_too_late, overlap_decision, should_pause
from engine.domain.timetables.policies import read_policies
from tests.domain.strategies import AT

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def ago(*minutes):
    return [AT - number * MINUTE for number in minutes]


def outcome(policy, due):
    """The starts as minutes ago, and the reasons of the rest in order."""
    decision = decide(read_policies(policy), due, AT)
    starts = [int((AT - start.scheduled_at) / MINUTE) for start in decision.starts]
    return starts, [row.reason for row in decision.unstarted]


@pytest.mark.parametrize(("policy", "due", "starts", "reasons"), [
    ({}, ago(0), [0], []),
    ({}, ago(3, 2, 0), [0], ["covered"] * 2),
    ({}, ago(3, 1, 0), [1, 0], ["covered"]),
    ({}, ago(180, 120, 60), [60], ["covered"] * 2),
    ({}, ago(600, 500), [], ["too_old"] * 2),
    ({"missed": "skip"}, ago(120, 60), [], ["skip_missed"] * 2),
    ({"missed": "skip"}, ago(120, 60, 0), [0], ["skip_missed"] * 2),
    ({"missed": {"rule": "all", "limit": 2}}, ago(180, 120, 60), [120, 60], ["over_limit"]),
    ({"missed": {"rule": "all", "limit": 2}}, ago(180, 120, 60, 0), [120, 60, 0], ["over_limit"]),
    ({"missed": "ask"}, ago(120, 60), [], ["asked"] * 2),
    ({"missed": {"rule": "all"}, "too_late": "90m"}, ago(180, 120, 60), [60], ["too_late"] * 2),
    ({}, [], [], []),
])
def test_every_due_time_gets_a_run_or_a_reason(policy, due, starts, reasons):
    assert outcome(policy, due) == (starts, reasons)


def test_only_ask_asks_and_only_when_something_was_missed():
    policies = read_policies({"missed": "ask"})
    assert decide(policies, ago(60), AT).ask
    assert not decide(policies, ago(0), AT).ask


def test_runs_that_are_caught_up_start_one_after_the_other():
    policies = read_policies({"missed": {"rule": "all", "pace": "2m"}})
    starts = decide(policies, ago(180, 120, 60), AT).starts
    assert [start.not_before - AT for start in starts] == [0 * MINUTE, 2 * MINUTE, 4 * MINUTE]


@pytest.mark.parametrize(("policy", "running", "waiting", "action", "reason"), [
    ("skip", 0, 0, "start", None),
    ("skip", 1, 0, "skip", "still_running"),
    ("allow", 5, 0, "start", None),
    ("replace", 1, 0, "replace", None),
    ({"rule": "queue", "limit": 2}, 1, 1, "wait", None),
    ({"rule": "queue", "limit": 2}, 1, 2, "skip", "queue_full"),
    ({"rule": "queue", "limit": 2}, 0, 1, "wait", None),
])
def test_a_run_that_meets_another_follows_the_rule(policy, running, waiting, action, reason):
    decision = overlap_decision(read_policies({"overlap": policy}), running=running, waiting=waiting)
    assert (decision.action, decision.reason) == (action, reason)


def test_a_start_is_too_late_only_where_a_limit_says_so():
    assert is_too_late(read_policies({"too_late": "10m"}), AT - HOUR, AT)
    assert not is_too_late(read_policies({}), AT - 100 * HOUR, AT)


@pytest.mark.parametrize(("policy", "failures", "pauses"), [
    ({}, 4, False), ({}, 5, True), ({"fail_pause": 1}, 1, True), ({"fail_pause": None}, 99, False),
])
def test_a_schedule_pauses_after_so_many_failures(policy, failures, pauses):
    assert should_pause(read_policies(policy), failures) is pauses
