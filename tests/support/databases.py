"""An empty, migrated database for a test, made once and then copied or cleared."""

import shutil
from pathlib import Path
from typing import Protocol

from commands import migrate
from engine.db import Database
from engine.models import Base
from tests.support.postgres import Postgres


class Supply(Protocol):
    """Hands out URLs of empty, migrated databases, one per test."""

    def fresh(self, folder: Path) -> str: ...


class SqliteSupply:
    """Migrates one file and copies it for every test."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template.db"
        migrate.upgrade(f"sqlite:///{self.template}")

    def fresh(self, folder: Path) -> str:
        copy = folder / "carillon.db"
        shutil.copyfile(self.template, copy)
        return f"sqlite:///{copy}"


class PostgresSupply:
    """Migrates one database and empties it before every test."""

    def __init__(self, server: Postgres) -> None:
        self.url = server.create_database("carillon")
        migrate.upgrade(self.url)
        self.cleaner = Database(self.url)

    def fresh(self, folder: Path) -> str:
        with self.cleaner.transaction() as uow:
            for table in reversed(Base.metadata.sorted_tables):
                uow.execute(table.delete())
        return self.url

    def close(self) -> None:
        self.cleaner.close()
