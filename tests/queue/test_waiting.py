"""Waiting for the doorbell inside an event loop, on a real server."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import pytest
from redis import ConnectionPool

from engine.domain.events import Ring
from engine.queue import EXECUTION, Doorbell, make_queue

T = TypeVar("T")
LONG = 4.0


@pytest.fixture
def queue(valkey) -> Doorbell:
    return make_queue(EXECUTION, valkey.url)


def test_the_loop_goes_on_while_nobody_rings(queue):
    async def story():
        waiting = asyncio.create_task(queue.wait(10, LONG))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        ring(queue, "run-1", "run-2")
        return await waiting

    assert in_a_loop(story()) == ["run-1", "run-2"]


def test_nobody_rings_in_time(queue):
    assert in_a_loop(queue.wait(10, 0.05)) == []


def test_no_more_are_taken_than_there_is_room_for(queue):
    ring(queue, "run-1", "run-2", "run-3")

    async def story():
        return [await queue.wait(2, LONG), await queue.wait(2, LONG)]

    assert in_a_loop(story()) == [["run-1", "run-2"], ["run-3"]]


def test_redis_that_dies_while_it_is_waited_for_is_nobody_ringing(valkey, queue):
    async def story():
        waiting = asyncio.create_task(queue.wait(10, 0.5))
        await asyncio.sleep(0.05)
        valkey.kill()
        lost, away = await waiting, await queue.wait(10, 0.01)
        await asyncio.get_running_loop().run_in_executor(None, valkey.start)
        ring(queue, "run-1")
        return [lost, away, await queue.wait(10, LONG)]

    assert in_a_loop(story()) == [[], [], ["run-1"]]


def test_one_connection_is_listened_to_until_it_goes(valkey, queue, monkeypatch):
    made = []
    make = ConnectionPool.make_connection
    monkeypatch.setattr(ConnectionPool, "make_connection", lambda pool: made.append(1) or make(pool))

    async def story():
        for run in ("run-1", "run-2", "run-3"):
            ring(queue, run)
            assert await queue.wait(10, LONG) == [run]
            await asyncio.sleep(0)
        before = len(made)
        valkey.kill()
        await asyncio.get_running_loop().run_in_executor(None, valkey.start)
        ring(queue, "run-4")
        return before, await queue.wait(10, LONG), len(made)

    assert in_a_loop(story()) == (2, ["run-4"], 3)


def test_a_redis_that_is_frozen_does_not_stop_the_loop(valkey, queue, monkeypatch):
    monkeypatch.setattr("engine.wire._SPARE_SECONDS", 0.05)

    async def story():
        first = await queue.wait(10, 0.01)
        with valkey.frozen():
            frozen = await queue.wait(10, 0.05)
        ring(queue, "run-1")
        return [first, frozen, await queue.wait(10, LONG)]

    assert in_a_loop(story()) == [[], [], ["run-1"]]


def test_who_is_cancelled_while_waiting_leaves_nothing_behind(queue):
    async def story():
        waiting = asyncio.create_task(queue.wait(10, LONG))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.wait([waiting])
        ring(queue, "run-1")
        return await queue.wait(10, LONG)

    assert in_a_loop(story()) == ["run-1"]


def ring(queue: Doorbell, *runs: str) -> None:
    queue.ring("advance", [Ring(run, "workflow") for run in runs])


def in_a_loop(story: Awaitable[T]) -> T:
    return asyncio.run(story)  # type: ignore[arg-type]
