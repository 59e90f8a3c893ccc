"""The same, with the truth in Postgres."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app_under_test import EMAIL, PASSWORD, App, installed
from tests.support.waiting import wait_until


@pytest.fixture
def on_postgres(postgres, tmp_path: Path) -> Iterator[App]:
    url = postgres.create_database(tmp_path.name)
    path = f"{postgres.programs}{os.pathsep}{os.environ['PATH']}"
    with installed(tmp_path, DATABASE_URL=url, PATH=path) as app:
        yield app


def test_everything_works_on_postgres(on_postgres):
    on_postgres.start()

    wait_until(on_postgres.is_healthy)


def test_a_backup_of_postgres_can_be_put_back(on_postgres, tmp_path):
    on_postgres.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    file = str(tmp_path / "monday.dump")
    kept = on_postgres.command("backup", file)
    on_postgres.command("token", "--email", EMAIL, "--name", "made after the backup")

    restored = on_postgres.command("restore", file)

    assert (kept.stderr, restored.stderr) == ("", "")
    assert on_postgres.rows("SELECT email FROM users") == [(EMAIL,)]
    assert on_postgres.rows("SELECT name FROM api_tokens") == []


def test_without_its_programs_a_backup_says_what_is_missing(on_postgres, tmp_path):
    on_postgres.environ["PATH"] = str(tmp_path)

    refused = on_postgres.command("backup", str(tmp_path / "monday.dump"))

    assert refused.returncode == 1
    assert refused.stderr.startswith("pg_dump is not on this machine.")
