"""The process that computes what is due is killed, frozen and doubled; each due time runs once."""

import os

from tests.faults.work import LONGEST, STARTS, Start, frozen, run_on_schedule, second_leader
from tests.support.waiting import wait_until

LEADER = "SELECT owner, term, expires_at FROM leader"


def test_a_leader_killed_between_commit_and_doorbell_is_made_up_for_by_the_sweep(scene: Start) -> None:
    """Fault 1: the run is on record, and nobody was told."""
    broken = scene(faults=["before_ring"])
    run_on_schedule(broken, at_least=3)
    assert (broken.app.home / "fault-before_ring").exists()


def test_a_leader_killed_before_its_commit_leaves_the_due_time_to_the_next(scene: Start) -> None:
    """Fault 2: nothing is on record; the next leader takes it with the moment it was planned for."""
    broken = scene(faults=["before_commit"])
    run_on_schedule(broken, at_least=3)
    assert (broken.app.home / "fault-before_commit").exists()


def test_a_leader_killed_after_the_doorbell_may_ring_twice_but_runs_once(scene: Start) -> None:
    """Fault 3: the message is out, and its sender does not know."""
    broken = scene(faults=["after_ring"])
    run_on_schedule(broken, at_least=3)
    assert (broken.app.home / "fault-after_ring").exists()


def test_of_two_leaders_one_idles(scene: Start) -> None:
    """Fault 5: a second candidate runs beside the first."""
    shared = scene()
    with second_leader(shared):
        run_on_schedule(shared, at_least=3)
        (row,) = shared.app.rows(LEADER)
        assert row.term == 1


def test_a_killed_leader_is_followed_within_ten_seconds(scene: Start) -> None:
    """Fault 5: one of two candidates dies while it leads."""
    shared = scene()
    with second_leader(shared):
        wait_until(lambda: shared.app.rows(LEADER))
        (before,) = shared.app.rows(LEADER)
        os.kill(int(before.owner.split("-")[-2]), 9)
        wait_until(lambda: shared.app.rows(LEADER)[0].term > before.term, 10)
        run_on_schedule(shared, at_least=3)


def test_a_leader_that_froze_longer_than_its_lease_steps_down(scene: Start) -> None:
    """Fault 6: another takes over while it stands still, and then it wakes in the middle of its work."""
    shared = scene()
    workflow_id = shared.add_workflow(shared.calling("one"), STARTS)
    wait_until(lambda: len(shared.occurrences()) >= 2, LONGEST)
    with second_leader(shared) as second:
        with frozen(shared.app.processes()["web worker"]):
            wait_until(lambda: f"-{second.pid}-" in shared.app.rows(LEADER)[0].owner, 30)
            seen = len(shared.occurrences())
            wait_until(lambda: len(shared.occurrences()) >= seen + 2, LONGEST)
        seen = len(shared.occurrences())
        run_on_schedule(shared, seen + 2, workflow_id)
        assert f"-{second.pid}-" in shared.app.rows(LEADER)[0].owner


