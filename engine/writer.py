"""Group commit: one thread commits the transitions of all running executions together."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from engine.db import Database, UnitOfWork

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[UnitOfWork], Any]
_LARGEST_GROUP = 64


class GroupWriter:
    """Runs units of work one after another and commits as many at once as are waiting.

    Each caller waits for the commit that holds its own work. A unit of work that raises is
    undone and run again alone, so that one failure never takes its neighbours with it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commit what is waiting, then end."""
        self._waiting.put(None)
        self._thread.join()

    def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """Return what `work` returned once it is committed; raise what it raised."""
        future: Future[T] = Future()
        self._waiting.put((work, future))
        return future.result()

    def _loop(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, ended = self._gather(first)
            self._commit(group)
            if ended:
                return

    def _gather(self, first: tuple[Work, Future[Any]]) -> tuple[list[tuple[Work, Future[Any]]], bool]:
        group = [first]
        while len(group) < _LARGEST_GROUP and not self._waiting.empty():
            item = self._waiting.get()
            if item is None:
                return group, True
            group.append(item)
        return group, False

    def _commit(self, group: list[tuple[Work, Future[Any]]]) -> None:
        if len(group) > 1:
            try:
                with self._database.transaction() as uow:
                    results = [work(uow) for work, _ in group]
            except Exception:  # each is told its own error below
                log.debug("a group of %d is committed one by one", len(group))
            else:
                for (_, future), result in zip(group, results, strict=True):
                    future.set_result(result)
                return
        for work, future in group:
            try:
                future.set_result(self._database.run(work))
            except BaseException as error:
                future.set_exception(error)
