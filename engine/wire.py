"""One command and its answer over a connection that is kept, with as little in between as there can be.

The client of redis-py goes through some sixty functions more for every command: after a rest none of them
is in the processor's caches any more, and they take longer than Redis does.
"""

import asyncio
from collections import deque
from typing import Any, Final

from redis import ConnectionError as Gone
from redis import ConnectionPool
from redis.exceptions import TimeoutError as Silent

_SPARE_SECONDS: Final = 5


class Wire:
    """Commands to one Redis, from as many threads as like, and from one event loop."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._idle = deque[Any]()
        self._own: Any = None  # of the event loop

    def ask(self, *command: Any) -> Any:
        """Return what Redis answers; may ask twice. Raises redis.RedisError."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._pool.make_connection()
        try:
            return _answer(connection, command)
        except Gone:  # it went while nobody looked; it connects anew when used again
            return _answer(connection, command)
        finally:
            self._idle.append(connection)

    async def wait(self, seconds: float, *command: Any) -> Any:
        """Return what Redis answers within `seconds` or a little more, while the event loop goes on.

        Asks once, for one caller at a time. Raises redis.RedisError.
        """
        loop = asyncio.get_running_loop()
        connection, self._own = self._own, None
        if connection is None:
            connection = self._pool.make_connection()
            await loop.run_in_executor(None, connection.connect)
        connection.send_packed_command(connection.pack_command(*command))
        try:
            await _readable(loop, connection, seconds + _SPARE_SECONDS)
        except BaseException:
            connection.disconnect()
            raise
        answer = connection.read_response()
        self._own = connection
        return answer


def _answer(connection: Any, command: Any) -> Any:
    connection.send_packed_command(connection.pack_command(*command))
    return connection.read_response()


async def _readable(loop: asyncio.AbstractEventLoop, connection: Any, seconds: float) -> None:
    readable = loop.create_future()
    socket = connection._sock  # redis-py has no public name for it
    late = loop.call_later(seconds, _set, readable, Silent("Redis has not answered"))
    loop.add_reader(socket, _set, readable, None)
    try:
        if (error := await readable) is not None:
            raise error
    finally:
        loop.remove_reader(socket)
        late.cancel()


def _set(future: "asyncio.Future[Any]", result: Any) -> None:
    if not future.done():
        future.set_result(result)
