"""Group commit: the transitions of all runs of a process are committed together, as many as are waiting."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from engine.db import Database, UnitOfWork

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[UnitOfWork, Sequence[Item]], Sequence[Result]]
LARGEST_GROUP: Final = 200


class Write(Protocol):
    """Hands one item to `work` and returns its result once that is committed; raises what it raised."""

    async def __call__(self, work: Work[Item, Result], item: Item) -> Result: ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    work: Work[Any, Any]
    item: Any
    done: "asyncio.Future[Any]"


class GroupWriter:
    """Commits one group after another; while one is being committed, the next one gathers.

    Items for the same work are handed over together. A group that raises is undone and written again
    item by item, so that one failure never takes its neighbours with it. Lives in one event loop.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._flushing: asyncio.Task[None] | None = None

    async def write(self, work: Work[Item, Result], item: Item) -> Result:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, item, loop.create_future())
        self._waiting.append(waiting)
        if self._flushing is None:
            self._flushing = loop.create_task(self._flush())
        result: Result = await waiting.done
        return result

    def close(self) -> None:
        self._thread.shutdown()

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
            answers = await loop.run_in_executor(self._thread, self._commit, group)
            for waiting, answer in zip(group, answers, strict=True):
                _tell(waiting.done, answer)
        self._flushing = None

    def _commit(self, group: Sequence[_Waiting]) -> list[Any]:
        """Return an answer for each; an exception stands for itself."""
        if len(group) > 1:
            try:
                with self._database.transaction() as uow:
                    return in_batches(uow, [(one.work, one.item) for one in group])
            except Exception:  # each is told its own error below
                log.debug("a group of %d is committed one by one", len(group), exc_info=True)
        return [self._alone(one) for one in group]

    def _alone(self, one: _Waiting) -> Any:
        try:
            return self._database.run(lambda uow: one.work(uow, [one.item])[0])
        except BaseException as error:
            return error


def in_batches(uow: UnitOfWork, group: Sequence[tuple[Work[Any, Any], Any]]) -> list[Any]:
    """Do the works, each once with all its items; return the results in the order of `group`."""
    batches: dict[Work[Any, Any], list[int]] = {}
    for place, (work, _) in enumerate(group):
        batches.setdefault(work, []).append(place)
    results: list[Any] = [None] * len(group)
    for work, places in batches.items():
        for place, result in zip(places, work(uow, [group[place][1] for place in places]), strict=True):
            results[place] = result
    return results


def _tell(done: "asyncio.Future[Any]", answer: Any) -> None:
    if done.cancelled():
        return
    if isinstance(answer, BaseException):
        done.set_exception(answer)
    else:
        done.set_result(answer)
