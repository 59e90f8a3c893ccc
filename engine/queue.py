"""The doorbell: Huey queues on Redis whose messages are a task name and one id, nothing else."""

import json
from collections.abc import Iterable
from typing import Any

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PriorityRedisExpireStorage
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

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


class DoorbellStorage(PriorityRedisExpireStorage):  # type: ignore[misc]
    """A sorted set of messages: one rung twice is still one, and older ids come out first."""

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        self.conn.zadd(self.queue_key, {data: -(priority or 0)})

    def enqueue_many(self, messages: Iterable[bytes]) -> None:
        if members := dict.fromkeys(messages, 0):
            self.conn.zadd(self.queue_key, members)

    def dequeue(self) -> bytes | None:
        popped = self.conn.bzpopmin(self.queue_key, timeout=self.read_timeout)
        return popped[1] if popped else None


class Doorbell(Huey):  # type: ignore[misc]
    """A Huey whose tasks are rung by id, many at once."""

    def ring(self, task: str, subjects: Iterable[str]) -> None:
        """Wake a worker for each of `subjects`. Raises redis.RedisError when Redis is away."""
        messages = (Message(id=subject, name=task) for subject in subjects)
        self.storage.enqueue_many(map(self.serializer.serialize, messages))


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
