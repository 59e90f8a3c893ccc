"""The database is locked, full or write-protected: it says so, nothing is half done, and it goes on."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.faults.work import STARTS, Start, let_pass, meanwhile, run_on_schedule
from tests.support.app_under_test import App
from tests.support.waiting import wait_until

DISK = 230 * 1024 * 1024


@contextmanager
def locked(app: App) -> Iterator[None]:
    """Hold the whole database as a careless backup does."""
    engine = create_engine(app.settings.database_url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            connection.exec_driver_sql("LOCK TABLE executions, leader, producer_schedules IN EXCLUSIVE MODE")
        yield
        connection.rollback()
    engine.dispose()


@pytest.mark.parametrize("seconds", [12, pytest.param(60, marks=pytest.mark.long)])
def test_a_database_that_hangs_turns_health_red_until_it_is_back(scene: Start, seconds: int) -> None:
    """Fault 9: another process holds it; the leader lets go, and nobody has to be started again."""
    broken = scene()
    workflow_id = broken.add_workflow(broken.calling("one"), STARTS)
    wait_until(lambda: len(broken.occurrences()) >= 2 and broken.app.is_healthy())
    processes = broken.app.processes()
    with locked(broken.app):
        wait_until(lambda: broken.app.health()["status"] == "degraded")
        let_pass(seconds)
    seen = len(broken.occurrences())
    wait_until(lambda: len(broken.occurrences()) >= seen + 3)
    run_on_schedule(broken, seen, workflow_id)
    assert broken.app.processes() == processes


@pytest.mark.parametrize("seconds", [0, pytest.param(30, marks=pytest.mark.long)])
def test_while_a_backup_holds_the_database_a_start_is_refused_or_whole(scene: Start, seconds: int) -> None:
    """Fault 23: who asks waits, or is told to come back; who comes back gets one run."""
    broken = scene()
    workflow_id = broken.add_workflow(broken.calling("one"))
    broken.execute(workflow_id)
    with locked(broken.app), meanwhile(lambda: broken.ask_to_execute(workflow_id, "second")) as answers:
        refused = broken.ask_to_execute(workflow_id, "first")
        let_pass(seconds)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert refused.json()["error"]["code"] == "unavailable"
    assert {answer.status_code for answer in answers} <= {202, 503}  # type: ignore[attr-defined]
    for key in ("first", "second", "first", "second"):
        broken.insist(workflow_id, key)
    broken.check()
    assert len(broken.app.rows("SELECT id FROM executions")) == 3


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of its own for the data."""
    if request.config.getoption("--database") != "sqlite":
        pytest.skip("the disk of Postgres is not ours to fill")
    home = tmp_path / "data"
    home.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", home],
                             capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root may mount; tests/web/api/test_full_disk.py tries the same without")
    yield home
    subprocess.run(["umount", "--lazy", home], check=True)


def test_on_a_full_disk_nothing_is_accepted_and_nothing_breaks(small_disk: Path, scene: Start) -> None:
    """Fault 24: the reason is told, and with room all goes on."""
    broken = scene()
    workflow_id = broken.add_workflow(broken.calling("one?delay=1", "two"))
    broken.open_page()
    wait_until(broken.app.is_healthy)
    broken.execute(workflow_id)
    ballast = small_disk / "ballast"
    fill(ballast)
    refused = wait_until(lambda: next((answer for answer in [broken.ask_to_execute(workflow_id)]
                                       if answer.status_code != 202), None))
    assert refused is not None
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "disk_full")
    assert broken.page and broken.page.browser.get("/monitoring").status_code == 200
    assert broken.app.health()["checks"]["disk"] == "low"
    ballast.unlink()
    broken.insist(workflow_id)
    broken.check()


def fill(ballast: Path) -> None:
    """Leave no room for another byte."""
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024 * 1024))
        except OSError:
            pass
        try:
            while True:
                file.write(b"x" * 512)
        except OSError:
            pass


def test_a_write_protected_database_is_said_and_survived(
    scene: Start, request: pytest.FixtureRequest
) -> None:
    """Fault 25: chmod by somebody tidy, just before everything is started again."""
    if request.config.getoption("--database") != "sqlite":
        pytest.skip("the files of Postgres are not ours")
    broken = scene()
    workflow_id = broken.add_workflow(broken.calling("one"))
    wait_until(broken.app.is_healthy)
    files = list(broken.app.home.glob("carillon.db*"))
    protect(broken.app.home, files, 0o555, 0o444)
    broken.app.kill("web worker")
    broken.app.kill("worker 1")
    processes = wait_until(lambda: len(broken.app.processes()) == 4 and broken.app.processes())
    wait_until(lambda: broken.app.health()["status"] in ("down", "degraded"))
    refused = broken.ask_to_execute(workflow_id)
    assert refused.status_code == 503
    let_pass(3)
    assert broken.app.processes() == processes
    protect(broken.app.home, files, 0o700, 0o600)
    broken.insist(workflow_id)
    broken.check()
    assert broken.app.processes() == processes


def protect(home: Path, files: list[Path], folder_mode: int, file_mode: int) -> None:
    home.chmod(folder_mode)
    for file in files:
        file.chmod(file_mode)
