"""One command and its answer over a connection that is kept, with as little in between as there can be.

The client of redis-py goes through some sixty functions more for every command: after a rest none of them
is in the processor's caches any more, and they take longer than Redis does.
"""

import asyncio
from collections import deque
from typing import Any, Final

from redis import ConnectionError as Gone
from redis import ConnectionPool, RedisError
from redis.exceptions import TimeoutError as Silent

_SPARE_SECONDS: Final = 5


class Wire:
    """Commands to one Redis, from as many threads as like, and from one event loop."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._idle = deque[Any]()
        self._ear: _Ear | None = None

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
        ear, self._ear = self._ear, None
        if ear is None or not ear.is_of(loop):
            connection = self._pool.make_connection()
            await loop.run_in_executor(None, connection.connect)
            ear = _Ear(connection, loop)
        try:
            answer = await ear.hear(command, seconds + _SPARE_SECONDS)
        except BaseException:
            ear.close()
            raise
        self._ear = ear
        return answer


def _answer(connection: Any, command: Any) -> Any:
    connection.send_packed_command(connection.pack_command(*command))
    return connection.read_response()


class _Ear:
    """A connection that the event loop listens to all the time, for to begin and to end takes longer."""

    def __init__(self, connection: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._connection, self._loop = connection, loop
        self._file = connection._sock.fileno()  # redis-py has no public name for it
        self._waiting: asyncio.Future[Any] | None = None
        self._is_gone = False
        self._loop.add_reader(self._file, self._heard)

    def is_of(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether this loop still hears by it."""
        return not self._is_gone and self._loop is loop

    async def hear(self, command: Any, seconds: float) -> Any:
        waiting = self._waiting = self._loop.create_future()
        late = self._loop.call_later(seconds, self._give_up, waiting)
        try:
            self._connection.send_packed_command(self._connection.pack_command(*command))
            return await waiting
        finally:
            self._waiting = None
            late.cancel()

    def close(self) -> None:
        self._is_gone = True
        self._loop.remove_reader(self._file)
        self._connection.disconnect()

    def _heard(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.done():
            self.close()  # nothing was asked: Redis has gone
            return
        try:  # at once, or the loop would call again for what is not read yet
            waiting.set_result(self._connection.read_response())
        except RedisError as error:
            waiting.set_exception(error)

    def _give_up(self, waiting: "asyncio.Future[Any]") -> None:
        if not waiting.done():
            waiting.set_exception(Silent("Redis has not answered"))
