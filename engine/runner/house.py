"""The event loop a worker process runs its executions in, and how many it takes in at a time."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from engine.runner.worker import Runner

log = logging.getLogger(__name__)

T = TypeVar("T")
MOST_RUNS: Final = 64


class Doorbell(Protocol):
    """Names the runs that somebody rang for."""

    async def wait(self, most: int, seconds: float) -> list[str]:
        """Return up to `most` ids as soon as there are any, none after `seconds`."""


class Threads:
    """Runs what blocks, so many at a time; calls `changed` when one is free again."""

    def __init__(self, number: int) -> None:
        self._number, self._taken = number, 0
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="step")
        self.changed: Callable[[], None] = lambda: None

    @property
    def free(self) -> bool:
        """Whether another one would begin at once."""
        return self._taken < self._number

    async def run(self, work: Callable[[], T]) -> T:
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._taken -= 1
            self.changed()


class House:
    """Lets runs in while there is room: a place among the runs, and a thread for a step that blocks.

    The thread that calls is the one they run in.
    """

    def __init__(self, runner: Runner, threads: Threads, doorbell: Doorbell) -> None:
        self._runner, self._threads, self._doorbell = runner, threads, doorbell
        self._loop = asyncio.new_event_loop()
        self._inside: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        threads.changed = self._changed.set

    def open(self, seconds: float) -> None:
        """Let in who rings and run them; returns after `seconds` or a little more."""
        self._loop.run_until_complete(self._let_in(self._loop.time() + seconds))

    def close(self, seconds: float) -> None:
        """Let nobody in any more; returns once all inside rest, or after `seconds`."""
        if self._inside:
            self._loop.run_until_complete(asyncio.wait(self._inside, timeout=seconds))

    @property
    def is_alone(self) -> bool:
        """Whether at most one run is inside."""
        return len(self._inside) <= 1

    async def _let_in(self, until: float) -> None:
        while (left := until - self._loop.time()) > 0:
            self._changed.clear()
            if places := self._places():
                self._begin(await self._doorbell.wait(places, left))
                await asyncio.sleep(0)  # they begin first: to listen again would only be in their way
            else:
                await self._room(left)

    async def _room(self, seconds: float) -> None:
        """Wait until somebody leaves, or a thread is free."""
        late = self._loop.call_later(seconds, self._changed.set)
        await self._changed.wait()
        late.cancel()

    def _places(self) -> int:
        return MOST_RUNS - len(self._inside) if self._threads.free else 0

    def _begin(self, execution_ids: Iterable[str]) -> None:
        for execution_id in execution_ids:
            task = self._loop.create_task(self._runner.advance(execution_id))
            self._inside.add(task)
            task.add_done_callback(self._left)

    def _left(self, task: "asyncio.Task[None]") -> None:
        self._inside.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a run was left where it was", exc_info=error)
