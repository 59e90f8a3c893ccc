"""Live hints between processes: ids of what changed, never data; losing some costs a second."""

import json
import logging
import threading
from collections.abc import Callable, Iterable

from redis import Redis, RedisError

from engine.queue import make_pool
from engine.wire import Wire

log = logging.getLogger(__name__)

_CHANNEL = "carillon:changes"


class Bus:
    """Publishes to and follows one Redis channel."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._wire = Wire(make_pool(redis_url))

    def publish(self, workflow_ids: Iterable[str]) -> None:
        """Say that something about these workflows changed."""
        self._wire.ask("PUBLISH", _CHANNEL, json.dumps(sorted(set(workflow_ids))))

    def ping(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self._wire.ask("PING"))
        except RedisError:
            return False

    def follow(self, heard: Callable[[list[str]], None], stop: threading.Event) -> None:
        """Call `heard` with workflow ids until `stop` is set, reconnecting as often as it takes."""
        while not stop.is_set():
            try:
                self._follow_once(heard, stop)
            except RedisError:
                stop.wait(1)

    def _follow_once(self, heard: Callable[[list[str]], None], stop: threading.Event) -> None:
        client = Redis(connection_pool=make_pool(self._url, socket_timeout=None))
        with client.pubsub(ignore_subscribe_messages=True) as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(_CHANNEL)
            while not stop.is_set():
                message = subscription.get_message(timeout=1)
                if message is not None:
                    heard(json.loads(message["data"]))
