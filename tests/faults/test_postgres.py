"""Postgres is restarted, crashes, and refuses transactions that met others; work goes on."""

import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.scene import Scene
from tests.faults.work import EVERY_2_SECONDS, LONGEST, STARTS, Start, let_pass
from tests.support import postgres as postgres_support
from tests.support.waiting import wait_until

LIVE = "SELECT id FROM executions WHERE status NOT IN ('completed', 'failed', 'cancelled')"


@pytest.fixture
def server(record_property: Callable[[str, object], None]) -> Iterator[postgres_support.Postgres]:
    """A Postgres of the test's own, to be ended, whichever database was asked for.

    It waits for the disk: one that does not forgets its last moments when it is killed.
    """
    record_property("database", "postgres")
    with postgres_support.running(durable=True) as running:
        yield running


@pytest.mark.parametrize(("restarts", "shortest", "longest"), [
    pytest.param(3, 1, 2, id="3 times"), pytest.param(12, 5, 40, marks=pytest.mark.long, id="12 times"),
])
def test_work_goes_on_when_postgres_is_restarted_again_and_again(
    server: postgres_support.Postgres, scene: Start, restarts: int, shortest: float, longest: float
) -> None:
    """Fault 26: in good order or by a crash, for a moment each time, while runs go through."""
    broken = scene(DATABASE_URL=server.create_database("scene"))
    workflow_id = broken.add_workflow(broken.calling("one?delay=0.2", "two"), STARTS)
    dice = random.Random(26)
    for number in range(restarts):
        for _ in range(3):
            broken.insist(workflow_id)
        let_pass(dice.uniform(shortest, longest))
        server.stop((signal.SIGINT, signal.SIGQUIT)[number % 2])
        let_pass(dice.uniform(0, 2))
        server.start_again()
    seen = len(broken.occurrences())
    wait_until(lambda: len(broken.occurrences()) >= seen + 3, LONGEST, broken.app.printed)
    broken.switch_off(workflow_id)
    broken.check(EVERY_2_SECONDS)
    assert len(broken.acknowledged) == 3 * restarts


def test_transactions_that_met_others_are_tried_again(
    server: postgres_support.Postgres, scene: Start
) -> None:
    """Fault 27: every transaction is serializable, so many are refused for what others did meanwhile."""
    url = server.create_database("scene")
    server.execute("ALTER DATABASE scene SET default_transaction_isolation = 'serializable'")
    broken = scene(DATABASE_URL=url, WORKERS="2")
    _start_many(broken)
    broken.check()
    assert "could not serialize access" in broken.app.printed()


def test_transactions_that_locked_each_other_out_are_tried_again(
    server: postgres_support.Postgres, scene: Start
) -> None:
    """Fault 27: somebody locks rows in another order than Carillon does, and Postgres picks victims."""
    url = server.create_database("scene")
    server.execute("ALTER DATABASE scene SET deadlock_timeout = '20ms'")
    broken = scene(DATABASE_URL=url, WORKERS="2")
    with _rival(f"host={server.folder} user=carillon dbname=scene"):
        _start_many(broken)
        wait_until(lambda: not broken.app.rows(LIVE), LONGEST)
    broken.check()
    (met,) = broken.app.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = 'scene'")
    assert met.deadlocks


def _start_many(broken: Scene) -> None:
    workflow_id = broken.add_workflow(broken.calling("one", "two"), max_concurrent=4)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: broken.insist(workflow_id), range(30)))


@contextmanager
def _rival(dsn: str) -> Iterator[None]:
    """Lock a workflow and then its live runs, over and over, which is the wrong way round."""
    stop = threading.Event()

    def go_on() -> None:
        with psycopg.connect(dsn) as connection:
            while not stop.is_set():
                try:
                    connection.execute("SELECT id FROM workflows FOR UPDATE")
                    connection.execute(LIVE + " ORDER BY id DESC FOR UPDATE")
                except psycopg.errors.DeadlockDetected:
                    pass
                connection.rollback()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
