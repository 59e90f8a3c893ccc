"""The doorbell on a real server."""

import json

import pytest
from redis import Redis, RedisError

from engine.queue import EXECUTION, Doorbell, make_queue


def test_a_run_rung_for_twice_is_answered_once(valkey):
    queue = make_queue(EXECUTION, valkey.url)

    queue.ring("advance", ["run-1", "run-2", "run-1"])
    queue.ring("advance", ["run-2"])

    assert [answered(queue) for _ in range(len(queue))] == ["run-1", "run-2"]


def test_a_message_is_a_name_and_an_id_and_nothing_else(valkey):
    make_queue(EXECUTION, valkey.url).ring("advance", ["run-1"])

    client = Redis.from_url(valkey.url)
    assert [client.zrange(key, 0, -1) for key in client.scan_iter()] == [[b'["run-1","advance"]']]


def test_ringing_fails_at_once_while_redis_is_away_and_works_when_it_is_back(valkey):
    queue = make_queue(EXECUTION, valkey.url)
    queue.ring("advance", ["lost"])
    valkey.kill()
    with pytest.raises(RedisError):
        queue.ring("advance", ["refused"])
    valkey.start()

    queue.ring("advance", ["run-1"])

    assert answered(queue) == "run-1"


def answered(queue: Doorbell) -> str:
    """Take the next message and return the id in it."""
    return json.loads(queue.storage.dequeue())[0]
