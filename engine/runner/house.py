"""The event loop a worker process runs its executions in, and how many it takes in at a time."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from engine.runner.worker import Runner

log = logging.getLogger(__name__)

T = TypeVar("T")
MOST_RUNS: Final = 64


class Threads:
    """Runs what blocks, so many at a time; whoever waits for `changed` hears when one is free again."""

    def __init__(self, number: int) -> None:
        self._number, self._taken = number, 0
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="step")
        self.changed = threading.Condition()

    @property
    def free(self) -> bool:
        """Whether another one would begin at once."""
        return self._taken < self._number

    async def run(self, work: Callable[[], T]) -> T:
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            with self.changed:
                self._taken -= 1
                self.changed.notify_all()


class House:
    """Lets runs in while there is room: a place among the runs, and a thread for a step that blocks."""

    def __init__(self, runner: Runner, threads: Threads) -> None:
        self._runner, self._threads = runner, threads
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="runs", daemon=True)
        self._inside: set[asyncio.Task[None]] = set()
        self._let_in = 0
        self._room = threads.changed

    def start(self) -> None:
        self._thread.start()

    def wait_for_room(self, seconds: float) -> int:
        """Return how many runs may come in, 0 when there is no room within `seconds`."""
        with self._room:
            self._room.wait_for(lambda: self._places() > 0, seconds)
            return self._places()

    def let_in(self, execution_ids: Iterable[str]) -> None:
        """Take these runs on. Returns once they have begun: the caller would only be in their way."""
        ids, begun = list(execution_ids), threading.Event()
        if not ids:
            return
        with self._room:
            self._let_in += len(ids)
        self._loop.call_soon_threadsafe(self._begin, ids, begun)
        begun.wait()

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait for the runs inside to rest; False when some did not in time."""
        with self._room:
            return self._room.wait_for(lambda: self._let_in == 0, seconds)

    @property
    def is_alone(self) -> bool:
        """Whether at most one run is inside."""
        return self._let_in <= 1

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _places(self) -> int:
        return MOST_RUNS - self._let_in if self._threads.free else 0

    def _begin(self, execution_ids: list[str], begun: threading.Event) -> None:
        for execution_id in execution_ids:
            task = self._loop.create_task(self._runner.advance(execution_id))
            self._inside.add(task)
            task.add_done_callback(self._left)
        self._loop.call_soon(begun.set)

    def _left(self, task: "asyncio.Task[None]") -> None:
        self._inside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a run was left where it was", exc_info=error)
        with self._room:
            self._let_in -= 1
            self._room.notify_all()

