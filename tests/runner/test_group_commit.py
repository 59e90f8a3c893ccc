"""Many transitions share a commit, and none can spoil another's."""

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import insert, select

from engine.db import Database, UnitOfWork
from engine.domain.events import News
from engine.models import Setting
from engine.writer import GroupWriter


@pytest.fixture
def writer(database: Database) -> Iterator[GroupWriter]:
    writer = GroupWriter(database)
    writer.start()
    yield writer
    writer.stop()


def setting(name: str, at: datetime) -> object:
    return lambda uow: uow.execute(insert(Setting).values(name=name, value=1, updated_at=at)) and name


def names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.execute(select(Setting.name)).scalars())


def test_a_caller_gets_its_own_result_once_it_is_committed(
    writer: GroupWriter, database: Database, at: datetime
) -> None:
    assert writer.run(setting("a", at)) == "a"  # type: ignore[arg-type]
    assert names(database) == {"a"}


def test_work_that_waits_together_is_committed_together(
    writer: GroupWriter, database: Database, at: datetime
) -> None:
    commits: list[News] = []
    database.listen(commits.append)
    running, go_on = threading.Event(), threading.Event()

    def blocking(uow: UnitOfWork) -> None:
        running.set()
        go_on.wait()

    threads = [threading.Thread(target=writer.run, args=[blocking])]
    threads[0].start()
    running.wait()
    for number in range(10):
        threads.append(threading.Thread(target=writer.run, args=[
            lambda uow, number=number: (uow.ring(str(number), "w"), setting(f"s{number}", at)(uow))]))  # type: ignore[operator]
        threads[-1].start()
    while writer._waiting.qsize() < 10:
        pass
    go_on.set()
    for thread in threads:
        thread.join()
    assert len(names(database)) == 10
    assert [len(news.rings) for news in commits] == [10]


def test_work_that_fails_is_told_so_and_its_neighbours_are_not_harmed(
    writer: GroupWriter, database: Database, at: datetime
) -> None:
    results: dict[str, object] = {}

    def submit(name: str, work: object) -> None:
        try:
            results[name] = writer.run(work)  # type: ignore[arg-type]
        except ZeroDivisionError as error:
            results[name] = error

    def failing(uow: UnitOfWork) -> None:
        setting("half", at)(uow)  # type: ignore[operator]
        raise ZeroDivisionError

    threads = [threading.Thread(target=submit, args=[n, setting(n, at)]) for n in ("a", "b", "c")]
    threads.append(threading.Thread(target=submit, args=["bad", failing]))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(database) == {"a", "b", "c"}
    assert isinstance(results["bad"], ZeroDivisionError)
