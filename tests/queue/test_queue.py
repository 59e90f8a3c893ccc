"""The doorbell on a real server."""

import asyncio
import json

import pytest
from redis import Redis, RedisError

from engine.domain.events import Ring
from engine.queue import EXECUTION, Doorbell, make_queue


@pytest.fixture
def queue(valkey) -> Doorbell:
    return make_queue(EXECUTION, valkey.url)


def test_a_run_rung_for_twice_is_answered_once(queue):
    ring(queue, "run-1", "run-2", "run-1")
    ring(queue, "run-2")

    assert answered(queue) == ["run-1", "run-2"]


def test_a_message_is_a_name_and_an_id_and_nothing_else(valkey, queue):
    ring(queue, "run-1")

    assert Redis.from_url(valkey.url).zrange(queue.storage.queue_key, 0, -1) == [b'["run-1","advance"]']


def test_ringing_fails_at_once_while_redis_is_away_and_works_when_it_is_back(valkey, queue):
    ring(queue, "lost")
    valkey.kill()
    with pytest.raises(RedisError):
        ring(queue, "refused")
    valkey.start()

    ring(queue, "run-1")

    assert answered(queue) == ["run-1"]


def test_ten_thousand_runs_of_one_workflow_do_not_hold_up_another(queue):
    ring(queue, *(f"many-{number:05}" for number in range(10_000)), flow="many")
    answered(queue, 4_000)

    ring(queue, "one", flow="another")

    assert "one" in answered(queue, 2)


def test_workflows_take_turns(queue):
    ring(queue, "a1", "a2", "a3", flow="a")
    ring(queue, "b1", "b2", "b3", flow="b")

    assert answered(queue) == ["a1", "b1", "a2", "b2", "a3", "b3"]


def test_a_workflow_of_high_priority_gets_more_turns_and_one_of_low_priority_still_gets_some(queue):
    for flow, priority in (("low", -1), ("normal", 0), ("high", 1)):
        ring(queue, *(f"{flow}-{number:03}" for number in range(100)), flow=flow, priority=priority)

    turns = [run.partition("-")[0] for run in answered(queue, 63)]

    assert [turns.count(flow) for flow in ("high", "normal", "low")] == [48, 12, 3]


def test_who_was_idle_has_saved_up_no_turns(queue):
    ring(queue, *(f"a{number}" for number in range(100)), flow="a")
    answered(queue, 50)
    ring(queue, *(f"b{number}" for number in range(50)), flow="b")

    turns = [run[0] for run in answered(queue, 20)]

    assert 9 <= turns.count("a") <= 11


def test_what_was_in_line_does_not_count_once_the_line_was_empty(queue):
    ring(queue, *(f"a{number}" for number in range(100)), flow="a")
    answered(queue)

    ring(queue, "a-next", flow="a")
    ring(queue, "b1", "b2", flow="b")

    assert answered(queue) == ["a-next", "b1", "b2"]


def test_several_are_taken_at_once(queue):
    ring(queue, "run-1", "run-2", "run-3")

    assert [answered(queue, 2), answered(queue, 2), answered(queue, 2)] == [["run-1", "run-2"], ["run-3"], []]


def test_a_worker_of_huey_takes_one(queue):
    ring(queue, "run-1")

    assert json.loads(queue.storage.dequeue())[0] == "run-1"


def ring(queue: Doorbell, *runs: str, flow: str = "workflow", priority: int = 0) -> None:
    queue.ring("advance", [Ring(run, flow, priority) for run in runs])


def answered(queue: Doorbell, most: int = 20_000) -> list[str]:
    """Take what is in line, up to `most`."""
    return asyncio.run(queue.wait(most, 0.01))


def test_a_message_nobody_can_read_takes_no_other_with_it(valkey):
    queue = make_queue(EXECUTION, valkey.url)
    queue.storage.join_line([(b"\x80pickle", "w", 0), (b"[1,2,3]", "w", 0)])
    queue.ring("advance", [Ring("run-1", "w")])

    assert answered(queue, 10) == ["run-1"]
