"""Live hints on a real server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from engine.bus import Bus
from tests.support.waiting import wait_until


@pytest.fixture
def heard(valkey) -> Iterator[list[str]]:
    """What a follower hears, from now on."""
    ids: list[str] = []
    with following(Bus(valkey.url), ids):
        wait_until(lambda: has_listener(valkey))
        yield ids


@contextmanager
def following(bus: Bus, ids: list[str]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=bus.follow, args=(ids.extend, stop))
    thread.start()
    yield
    stop.set()
    thread.join()


def has_listener(valkey) -> bool:
    return bool(Redis.from_url(valkey.url).pubsub_channels())


def test_followers_hear_which_workflows_changed(valkey, heard):
    Bus(valkey.url).publish(["workflow-2", "workflow-1", "workflow-2"])

    wait_until(lambda: heard == ["workflow-1", "workflow-2"])


def test_followers_come_back_after_redis_was_away(valkey, heard):
    valkey.kill()
    valkey.start()
    wait_until(lambda: has_listener(valkey))

    Bus(valkey.url).publish(["workflow-1"])

    wait_until(lambda: heard == ["workflow-1"])
