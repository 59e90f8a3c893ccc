"""Many transitions share a commit, and none can spoil another's."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from engine.db import Database, UnitOfWork
from engine.domain.events import News
from engine.models import Setting
from engine.writer import GroupWriter


@pytest.fixture
def writer(database: Database) -> Iterator[GroupWriter]:
    writer = GroupWriter(database)
    yield writer
    writer.close()


class Adding:
    """Adds settings, and remembers how many came together."""

    def __init__(self, at: datetime) -> None:
        self.at, self.sizes = at, list[int]()

    def __call__(self, uow: UnitOfWork, names: Sequence[str]) -> list[str]:
        self.sizes.append(len(names))
        for name in names:
            uow.execute(insert(Setting).values(name=name, value=1, updated_at=self.at))
            uow.ring(name, "a workflow")
            uow.admit(name)
            uow.mail(name)
            if name == "bad":
                raise ZeroDivisionError
        return [name.upper() for name in names]


def names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.execute(select(Setting.name)).scalars())


def write_all(writer: GroupWriter, work: Any, items: Sequence[str]) -> list[Any]:
    async def together() -> list[Any]:
        writes = [writer.write(work, item) for item in items]
        return await asyncio.gather(*writes, return_exceptions=True)

    return asyncio.run(together())


def test_each_gets_its_own_result_once_it_is_committed(
    writer: GroupWriter, database: Database, at: datetime
) -> None:
    assert write_all(writer, Adding(at), ["a", "b"]) == ["A", "B"]
    assert names(database) == {"a", "b"}


def test_what_waits_together_is_written_and_committed_together(
    writer: GroupWriter, database: Database, at: datetime
) -> None:
    commits: list[News] = []
    database.listen(commits.append)
    adding = Adding(at)
    write_all(writer, adding, [f"s{number}" for number in range(10)])
    assert adding.sizes == [10]
    assert [len(news.rings) for news in commits] == [10]


def test_all_that_a_commit_has_to_tell_is_told(
    writer: GroupWriter, database: Database, at: datetime
) -> None:
    told = News()
    database.listen(told.add)
    write_all(writer, Adding(at), ["a", "b"])
    writer.close()

    assert [ring.subject for ring in told.rings] == ["a", "b"]
    assert (told.admits, told.mails) == (["a", "b"], ["a", "b"])


def test_what_fails_is_told_so_and_its_neighbours_are_not_harmed(
    writer: GroupWriter, database: Database, at: datetime
) -> None:
    results = write_all(writer, Adding(at), ["a", "b", "bad", "c"])
    assert isinstance(results.pop(2), ZeroDivisionError)
    assert results == ["A", "B", "C"]
    assert names(database) == {"a", "b", "c"}


def test_while_the_database_is_away_what_runs_did_waits_for_it(
    writer: GroupWriter, database: Database, at: datetime
) -> None:
    times: list[int] = []

    def away_at_first(uow: UnitOfWork, items: Sequence[str]) -> list[str]:
        times.append(len(items))
        if len(times) < 3:
            raise OperationalError("INSERT", None, Exception("database is locked"))
        return list(items)

    assert write_all(writer, away_at_first, ["a", "b"]) == ["a", "b"]
    assert times == [2, 2, 2]


def test_when_it_stays_away_too_long_each_is_told_so(database: Database) -> None:
    def away(uow: UnitOfWork, items: Sequence[str]) -> list[str]:
        raise OperationalError("INSERT", None, Exception("database is locked"))

    impatient = GroupWriter(database, patience=timedelta())
    (result,) = write_all(impatient, away, ["a"])
    impatient.close()
    assert isinstance(result, OperationalError)


def test_a_run_that_is_alone_is_committed_at_once_and_spoils_none(database: Database, at: datetime) -> None:
    writer, adding = GroupWriter(database, is_alone=lambda: True), Adding(at)
    failed, done = write_all(writer, adding, ["bad", "good"])
    writer.close()
    assert isinstance(failed, ZeroDivisionError) and done == "GOOD"
    assert names(database) == {"good"} and adding.sizes == [1, 1, 1]


def test_what_need_not_wait_for_the_disk_is_followed_by_what_must(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, so_far = list[Any](), list[int]()
    monkeypatch.setattr(database.disk, "wait", waits.append)

    async def one_after_the_other(writer: GroupWriter) -> None:
        for durable in (True, False, True):
            await writer.write(lambda _uow, items: items, "x", durable=durable)
            so_far.append(len(waits))

    writer = GroupWriter(database)
    asyncio.run(one_after_the_other(writer))
    writer.close()
    assert so_far == [1, 1, 2]
