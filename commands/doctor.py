"""`doctor` looks at everything Carillon needs and says what is wrong; exit code 1 when something is."""

import argparse
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from commands import home, migrate
from engine import clock, wiring
from engine.config import Settings
from engine.db import Database
from engine.domain.errors import Conflict
from engine.queries.server.health import signs_of_life
from engine.queries.server.users import is_set_up

_LITTLE_ROOM = 200 * 1024 * 1024
_LATE_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    fine: bool
    sentence: str


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    findings = list(examine(settings))
    for finding in findings:
        print(f"{'ok' if finding.fine else 'XX'}  {finding.sentence}")
    return 0 if all(finding.fine for finding in findings) else 1


def examine(settings: Settings) -> Iterator[Finding]:
    parts = wiring.build(settings)
    running = _is_running(settings)
    yield _room(settings)
    yield Finding(not settings.unknown, f"Unknown settings: {', '.join(settings.unknown) or 'none'}.")
    yield Finding(True, f"Carillon {'is' if running else 'is not'} running for {settings.home}.")
    if running or not settings.embedded_redis:
        yield Finding(answers := parts.bus.ping(), f"Redis {'answers' if answers else 'does not answer'}.")
    try:
        yield from _database(parts.database)
        if running:
            yield from _life(parts.database)
    except SQLAlchemyError as error:
        yield Finding(False, f"The database can't be used: {error}.")
    parts.database.close()


def _room(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    return Finding(free >= _LITTLE_ROOM, f"{free // 1024**2:,} MB are free where the data is.")


def _is_running(settings: Settings) -> bool:
    try:
        with home.held(settings.home):
            return False
    except Conflict:
        return True


def _database(database: Database) -> Iterator[Finding]:
    with database.reading() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        wanted = ScriptDirectory(str(migrate.MIGRATIONS)).get_current_head()
        yield Finding(current == wanted, f"The database has schema {current}; this version needs {wanted}.")
        if database.is_sqlite:
            verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
            yield Finding(verdict == "ok", f"SQLite's check of its file: {verdict}.")
        if current == wanted:
            done = is_set_up(connection)
            yield Finding(True, f"An administrator {'exists' if done else 'does not exist yet'}.")


def _life(database: Database) -> Iterator[Finding]:
    with database.reading() as connection:
        life = signs_of_life(connection, clock.now())
    late = int(life.oldest_overdue.total_seconds())
    yield Finding(life.has_leader, f"{'A' if life.has_leader else 'No'} process is the leader.")
    yield Finding(life.workers > 0, f"Worker processes: {life.workers}.")
    yield Finding(late <= _LATE_SECONDS, f"The oldest due time that waits is {late} seconds late.")
