"""The doorbell: Huey queues on Redis whose messages are a task name and one id, nothing else."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PriorityRedisExpireStorage
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from engine.domain.events import Ring
from engine.wire import Wire

log = logging.getLogger(__name__)

DISPATCH = "dispatch"
EXECUTION = "execution"
_SECONDS = 5


class DoorbellSerializer(Serializer):  # type: ignore[misc]
    """JSON in place of pickle: who can write to Redis can ring, not run code."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps([data.id, data.name], separators=(",", ":")).encode()

    def _deserialize(self, data: bytes) -> Message:
        subject, name = json.loads(data)
        return Message(id=str(subject), name=str(name), args=(str(subject),), kwargs={})


# Start-time fair queueing: what is rung for stands a step behind the last of its own flow, but never before
# the head of the line, so a newcomer waits for one of each flow and not for all of them. What is in line
# already keeps its place. An empty line starts again from nothing.
_JOIN_LINE: Final = """
local head = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if #head == 0 then redis.call('DEL', KEYS[2]) end
local now, following = tonumber(head[2] or 0), {}
for i = 1, #ARGV, 3 do
  local flow = ARGV[i + 1]
  following[flow] = following[flow] or tonumber(redis.call('HGET', KEYS[2], flow) or 0)
  local place = math.max(now, following[flow])
  if redis.call('ZADD', KEYS[1], 'NX', string.format('%.17g', place), ARGV[i]) == 1 then
    following[flow] = place + tonumber(ARGV[i + 2])
  end
end
for flow, place in pairs(following) do redis.call('HSET', KEYS[2], flow, string.format('%.17g', place)) end
"""
_JOIN_LINE_SHA: Final = hashlib.sha1(_JOIN_LINE.encode(), usedforsecurity=False).hexdigest()
# How far behind one of a flow the next one stands, by priority: 16, 4 or 1 of them go in one round.
_STEPS: Final = {1: 1 / 16, 0: 1 / 4, -1: 1}
_AT_ONCE: Final = 5_000


class DoorbellStorage(PriorityRedisExpireStorage):  # type: ignore[misc]
    """A sorted set of messages: one rung twice is still one, and no flow of them holds up another."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.flows_key = f"{self.queue_key}.flows"
        self._wire = Wire(self.conn.connection_pool)

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        self.join_line([(data, "", 0)])

    def join_line(self, entries: Iterable[tuple[bytes, str, int]]) -> None:
        """Add messages, each with its flow and its priority, in one round trip for thousands."""
        waiting = iter(entries)
        while some := list(islice(waiting, _AT_ONCE)):
            arguments = [part for data, flow, priority in some for part in (data, flow, _STEPS[priority])]
            try:
                self._join_line("EVALSHA", _JOIN_LINE_SHA, arguments)
            except NoScriptError:
                self._join_line("EVAL", _JOIN_LINE, arguments)

    def dequeue(self) -> bytes | None:
        return next(iter(_messages(self._wire.ask(*self._taking(1, self.read_timeout)))), None)

    async def wait(self, most: int, seconds: float) -> list[bytes]:
        """Wait for a message, and take up to `most` that are there. For one caller at a time."""
        return _messages(await self._wire.wait(seconds, *self._taking(most, seconds)))

    def _join_line(self, how: str, script: str, arguments: list[Any]) -> None:
        self._wire.ask(how, script, 2, self.queue_key, self.flows_key, *arguments)

    def _taking(self, most: int, seconds: float) -> tuple[Any, ...]:
        # No time at all would mean for ever.
        return "BZMPOP", max(seconds, 0.001), 1, self.queue_key, "MIN", "COUNT", most


def _messages(found: Any) -> list[bytes]:
    return [data for data, _ in found[1]] if found else []


class Doorbell(Huey):  # type: ignore[misc]
    """A Huey whose tasks are rung by id, many at once."""

    def ring(self, task: str, rings: Iterable[Ring]) -> None:
        """Wake a worker for each of `rings`. Raises redis.RedisError when Redis is away."""
        self.storage.join_line(
            (self.serializer.serialize(Message(id=subject, name=task)), flow, priority)
            for subject, flow, priority in rings
        )

    async def wait(self, most: int, seconds: float) -> list[str]:
        """Wait in an event loop, and return the ids of up to `most` messages; none when Redis is away.

        For one caller at a time.
        """
        try:
            found = await self.storage.wait(most, seconds)
        except RedisError as error:
            log.warning("nobody can ring while Redis is away: %s", error)
            await asyncio.sleep(seconds)
            return []
        return [subject for data in found for subject in self._subjects(data)]

    def _subjects(self, data: bytes) -> list[str]:
        """Read a message; one that says nothing is dropped, for the sweep rings again for what matters."""
        try:
            return [self.serializer.deserialize(data).id]
        except (ValueError, TypeError):
            log.warning("a message that can't be read was dropped: %.80r", data)
            return []


def make_queue(name: str, redis_url: str) -> Doorbell:
    """Make the queue `name`; connects only when first used."""
    return Doorbell(
        f"carillon_{name}", results=False, utc=True, serializer=DoorbellSerializer(),
        storage_class=DoorbellStorage, connection_pool=make_pool(redis_url),
    )


def make_pool(redis_url: str, **options: Any) -> ConnectionPool:
    """Make a pool that fails at once when Redis is away; the caller knows better than to wait."""
    return ConnectionPool.from_url(redis_url, **{
        "socket_timeout": _SECONDS, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0),
        **options,
    })
