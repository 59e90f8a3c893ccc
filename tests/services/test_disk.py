"""What is promised is on the disk by then; who works on it does not wait for that."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from engine import disk
from engine.connecting import is_full, is_unavailable
from engine.db import Database
from engine.held import HeldConnection
from engine.models import Setting
from engine.services.inserts import insert

AWAITED = "SELECT pg_current_wal_flush_lsn() >= CAST(:end AS pg_lsn)"


@pytest.fixture
def waiting(database_url: str) -> Iterator[Database]:
    """A database that waits for its disk, unlike those of other tests."""
    if not database_url.startswith("sqlite"):
        engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = on'))
        engine.dispose()
    opened = Database(database_url)
    yield opened
    opened.close()


class Power:
    """What the disk of an SQLite database would still have after a power cut."""

    def __init__(self, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        if not database.is_sqlite:
            pytest.skip("only files can be looked at")
        self.folder, self.file, self.order = folder / "kept", Path(str(database.url.database)), list[str]()
        self._sync = os.fdatasync
        monkeypatch.setattr(disk.os, "fdatasync", self._keep)
        database.listen(lambda news: self.order.append("told"))

    def names(self) -> set[str]:
        with closing(sqlite3.connect(self.folder / self.file.name)) as kept:
            return {name for (name,) in kept.execute("SELECT name FROM settings")}

    def _keep(self, file: int) -> None:
        self._sync(file)
        self.order.append("kept")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for path in (self.file, self.file.with_name(f"{self.file.name}-wal")):
            shutil.copy(path, self.folder)


@pytest.fixture
def power(waiting: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Power:
    return Power(waiting, tmp_path, monkeypatch)


def keep(database: Database, name: str, at: datetime, *, rings: bool = False) -> None:
    with database.transaction() as uow:
        uow.execute(insert(uow, Setting).values(name=name, value=1, updated_at=at))
        uow.admit("a workflow")
        if rings:
            uow.ring("a run", "a workflow")


def test_a_power_cut_takes_nothing_that_was_promised(waiting: Database, power: Power, at: datetime) -> None:
    keep(waiting, "a change", at)
    assert power.names() == {"a change"}
    keep(waiting, "a run", at, rings=True)
    assert power.names() == {"a change", "a run"}


def test_workers_hear_of_a_run_before_the_disk_has_it_and_of_all_else_after(
    waiting: Database, power: Power, at: datetime
) -> None:
    keep(waiting, "a run", at, rings=True)
    keep(waiting, "a change", at)
    assert [what for what, _ in groupby(power.order)] == ["told", "kept", "told"]


def test_what_workers_commit_brings_with_it_what_was_committed_before(
    waiting: Database, power: Power, at: datetime
) -> None:
    held = HeldConnection(waiting)
    for name, durable in (("a claim", False), ("a finished step", True)):
        with held.untold(durable=durable) as uow:
            uow.execute(insert(uow, Setting).values(name=name, value=1, updated_at=at))
        if not durable:
            assert power.order == []
    held.close()
    assert power.names() == {"a claim", "a finished step"}


def test_postgres_does_not_wait_for_the_disk_with_a_claim(waiting: Database) -> None:
    if waiting.is_sqlite:
        pytest.skip("SQLite never waits itself")
    held = HeldConnection(waiting)
    for durable, commits in ((True, "on"), (False, "off"), (True, "on")):
        with held.untold(durable=durable) as uow:
            assert uow.execute(text("SHOW synchronous_commit")).scalar_one() == commits
    held.close()


def test_postgres_has_written_a_run_out_when_it_is_promised(waiting: Database, at: datetime) -> None:
    if waiting.is_sqlite:
        pytest.skip("SQLite is told above")
    ends = list[str]()

    def look(_news: object) -> None:
        with waiting.reading() as connection:
            ends.append(connection.execute(text("SELECT pg_current_wal_insert_lsn()")).scalar_one())

    waiting.listen(look)
    keep(waiting, "a run", at, rings=True)
    with waiting.reading() as connection:
        assert connection.execute(text(AWAITED), {"end": ends[0]}).scalar_one()


@pytest.mark.parametrize(("number", "full"), [(errno.ENOSPC, True), (errno.EIO, False)])
def test_a_disk_that_fails_to_write_is_no_promise(
    waiting: Database, power: Power, at: datetime, monkeypatch: pytest.MonkeyPatch, number: int, full: bool
) -> None:
    def fail(_file: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(disk.os, "fdatasync", fail)
    with pytest.raises(OperationalError) as failed:
        keep(waiting, "a run", at, rings=True)
    assert is_unavailable(failed.value) and is_full(failed.value) is full
