"""Group commit: the transitions of all runs of a process are committed together, as many as are waiting."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol, TypeVar, cast

from sqlalchemy.exc import OperationalError

from engine.db import Database, UnitOfWork
from engine.domain.events import News
from engine.held import HeldConnection

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[UnitOfWork, Sequence[Item]], Sequence[Result]]
Written = tuple[list[Any], News]
LARGEST_GROUP: Final = 200
PATIENCE: Final = timedelta(seconds=60)


class Write(Protocol):
    """Hands one item to `work` and returns its result once that is committed; raises what it raised."""

    async def __call__(self, work: Work[Item, Result], item: Item, *, durable: bool = True) -> Result: ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    work: Work[Any, Any]
    item: Any
    done: "asyncio.Future[Any]"
    durable: bool


class GroupWriter:
    """Commits one group after another; while one is being committed, the next one gathers.

    Items for the same work are handed over together. A group that raises is undone and written again
    item by item, so that one failure never takes its neighbours with it. While the database is away the
    group is tried again, for as long as `patience` says. Lives in one event loop, which commits itself when
    `is_alone` says that there is no other run it could hold up.
    """

    def __init__(
        self, database: Database, patience: timedelta = PATIENCE, is_alone: Callable[[], bool] = lambda: False
    ) -> None:
        self._database, self._patience, self._is_alone = database, patience, is_alone
        self._held = HeldConnection(database)
        self._waiting: list[_Waiting] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._flushing: asyncio.Task[None] | None = None
        # Told beside the next commit: nobody's run waits for the doorbell of another.
        self._teller = ThreadPoolExecutor(1, thread_name_prefix="teller")
        self._news = News()
        self._telling: asyncio.Task[None] | None = None

    async def write(self, work: Work[Item, Result], item: Item, *, durable: bool = True) -> Result:
        """Commit with whatever else waits; what is not `durable` may be undone by a power cut."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, item, loop.create_future(), durable)
        if self._flushing is None and self._is_alone() and self._is_done_at_once(waiting):
            return cast(Result, waiting.done.result())
        self._waiting.append(waiting)
        if self._flushing is None:
            self._flushing = loop.create_task(self._flush())
        result: Result = await waiting.done
        return result

    def close(self) -> None:
        self._thread.shutdown()
        self._teller.shutdown()
        self._held.close()
        self._database.tell(self._news)

    async def _flush(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
            answers, news = await self._patiently(group)
            for waiting, answer in zip(group, answers, strict=True):
                _tell(waiting.done, answer)
            self._announce(news)
        self._flushing = None

    def _is_done_at_once(self, waiting: _Waiting) -> bool:
        """Commit it here and now; False when the database is away."""
        try:
            (answer,), news = self._commit([waiting])
        except OperationalError:
            return False
        _tell(waiting.done, answer)
        self._announce(news)
        return True

    def _announce(self, news: News) -> None:
        self._news.add(news)
        if self._news and self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell_news())

    async def _tell_news(self) -> None:
        while self._news:
            news, self._news = self._news, News()
            await asyncio.get_running_loop().run_in_executor(self._teller, self._database.tell, news)
        self._telling = None

    async def _patiently(self, group: Sequence[_Waiting]) -> Written:
        """Commit a group; a database that can't be reached is waited for. An exception stands for itself."""
        loop = asyncio.get_running_loop()
        for pause in waits(self._patience):
            try:
                return await loop.run_in_executor(self._thread, self._commit, group)
            except OperationalError as error:
                log.warning("what runs did waits for the database: %s", error.orig)
                await asyncio.sleep(pause)
        return await loop.run_in_executor(self._thread, self._one_by_one, group)

    def _commit(self, group: Sequence[_Waiting]) -> Written:
        """Return an answer for each, and the news; raises OperationalError when the database is to blame."""
        try:
            return self._together(group)
        except OperationalError:
            raise
        except Exception:  # each is told its own error below
            log.debug("a group of %d is committed one by one", len(group), exc_info=True)
            return self._one_by_one(group)

    def _one_by_one(self, group: Sequence[_Waiting]) -> Written:
        answers, news = list[Any](), News()
        for one in group:
            try:
                (answer,), more = self._together([one])
            except BaseException as error:
                answers.append(error)
            else:
                answers.append(answer)
                news.add(more)
        return answers, news

    def _together(self, group: Sequence[_Waiting]) -> Written:
        durable = any(one.durable for one in group)
        with self._held.untold(durable=durable, is_single=len(group) == 1) as uow:
            answers = in_batches(uow, [(one.work, one.item) for one in group])
        return answers, uow.news


def waits(patience: timedelta) -> Iterator[float]:
    """Yield pauses in seconds, each twice as long as the one before, that make up `patience` together."""
    pause, left = 0.05, patience.total_seconds()
    while left > 0:
        yield min(pause, left)
        left -= pause
        pause = min(pause * 2, 2.0)


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
