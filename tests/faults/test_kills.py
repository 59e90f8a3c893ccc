"""Processes are killed at the worst moments; nothing is lost and nothing runs twice.

The numbers are those of the fault list: what is tried, what is expected.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.faults.scene import LONGEST, Scene
from tests.support.app_under_test import ROOT
from tests.support.waiting import wait_until

Start = Callable[..., Scene]
EVERY_2_SECONDS = timedelta(seconds=2)
STARTS = [{"name": "often", "kind": "schedule", "schedule": {"interval": "2s"}, "inputs": {}}]


def run_on_schedule(scene: Scene, at_least: int) -> None:
    """Let a schedule run until it has that many runs, turn it off, wait until quiet, then judge."""
    workflow_id = scene.add_workflow(scene.calling("one", "two"), STARTS)
    wait_until(lambda: len(scene.occurrences()) >= at_least, LONGEST)
    scene.switch_off(workflow_id)
    scene.wait_until_quiet()
    scene.check(EVERY_2_SECONDS)


@pytest.mark.parametrize("point", ["before_commit", "before_ring", "after_ring"], ids=[
    "2 before the commit of a due time", "1 between commit and doorbell", "3 after the doorbell",
])
def test_the_leader_is_killed(scene: Start, point: str) -> None:
    broken = scene(faults=[point])
    run_on_schedule(broken, at_least=6)
    assert (broken.app.home / f"fault-{point}").exists()


@pytest.mark.parametrize("point", ["after_claim", "after_effect", "after_step"], ids=[
    "10 right after a claim", "11 between a call and its record", "12 between two steps",
])
def test_a_worker_is_killed(scene: Start, point: str) -> None:
    broken = scene(faults=[point])
    execution_id = broken.execute(broken.add_workflow(broken.calling("one", "two")))
    broken.wait_for(execution_id)
    broken.check()
    assert (broken.app.home / f"fault-{point}").exists()


def test_10_a_worker_is_killed_in_the_middle_of_a_step(scene: Start) -> None:
    broken = scene()
    execution_id = broken.execute(broken.add_workflow(broken.calling("one", "slow?delay=2", "three")))
    wait_until(lambda: broken.sink.calls("/slow"))
    broken.app.kill("worker 1")
    broken.wait_for(execution_id)
    broken.check()
    paths = [call["path"] for call in broken.sink.calls()]
    assert paths == ["/one", "/slow", "/slow", "/three"]
    first, second = broken.sink.calls("/slow")
    assert first["key"] == second["key"]


def test_5_two_leaders_run_each_due_time_once(scene: Start) -> None:
    shared = scene()
    second = subprocess.Popen([sys.executable, "-m", "engine.scheduler"], cwd=ROOT,
                              env={**shared.app.environ, "CARILLON_FAULT": ""})
    try:
        run_on_schedule(shared, at_least=4)
    finally:
        second.terminate()
        second.wait()


def test_a_killed_leader_is_followed_within_ten_seconds(scene: Start) -> None:
    shared = scene()
    second = subprocess.Popen([sys.executable, "-m", "engine.scheduler"], cwd=ROOT,
                              env={**shared.app.environ, "CARILLON_FAULT": ""})
    try:
        leader = "SELECT owner, term FROM leader"
        wait_until(lambda: shared.app.rows(leader))
        (before,) = shared.app.rows(leader)
        os.kill(int(before.owner.split("-")[-2]), 9)
        wait_until(lambda: shared.app.rows(leader)[0].term > before.term, 10)
        run_on_schedule(shared, at_least=3)
    finally:
        second.terminate()
        second.wait()


def test_18_redis_is_killed_and_comes_back_empty(scene: Start) -> None:
    broken = scene()
    workflow_id = broken.add_workflow(broken.calling("one?delay=0.3"))
    started = [broken.execute(workflow_id) for _ in range(20)]
    shutil.rmtree(broken.app.home / "appendonlydir")
    broken.app.kill("redis")
    started += [broken.execute(workflow_id) for _ in range(5)]
    for execution_id in started:
        broken.wait_for(execution_id)
    broken.check()
    assert len({call["key"] for call in broken.sink.calls()}) == 25


def test_14_a_worker_told_to_stop_hands_on_what_it_can_not_finish(scene: Start) -> None:
    broken = scene(WORKERS="2")
    execution_id = broken.execute(broken.add_workflow(broken.calling("one?delay=1", "two", "three")))
    wait_until(lambda: broken.sink.calls("/one"))
    (row,) = broken.app.rows("SELECT lease_owner FROM executions WHERE id = :id", id=execution_id)
    os.kill(int(row.lease_owner.split("-")[-2]), 15)
    broken.wait_for(execution_id)
    broken.check()
    assert [call["path"] for call in broken.sink.calls()] == ["/one", "/two", "/three"]


def test_41_everything_is_killed_at_once(scene: Start) -> None:
    broken = scene()
    broken.add_workflow(broken.calling("one", "two?delay=0.2"), STARTS)
    wait_until(lambda: len(broken.occurrences()) >= 2, LONGEST)
    broken.app.kill_everything()
    broken.app.start()
    (workflow,) = broken.app.rows("SELECT id FROM workflows")
    wait_until(lambda: len(broken.occurrences()) >= 5, LONGEST)
    broken.switch_off(workflow.id)
    broken.wait_until_quiet()
    broken.check(EVERY_2_SECONDS)
