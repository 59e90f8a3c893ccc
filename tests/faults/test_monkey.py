"""The long run: a monkey kills what it finds, one thing after the other, while work goes through."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.faults.scene import LONGEST, Scene
from tests.faults.work import EVERY_2_SECONDS, STARTS, Start, let_pass
from tests.support.postgres import Postgres
from tests.support.waiting import wait_until

SETTLED = timedelta(minutes=10).total_seconds()
CALLERS = 4
# The web worker is where the leader lives.
VICTIMS = {"web": "web", "web worker": "leader", "worker 1": "worker", "worker 2": "worker", "redis": "Redis"}


@pytest.mark.long
def test_with_a_monkey_in_the_house_every_run_ends_once(
    own_postgres: Postgres | None, scene: Start, request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    """Fault 41: for half an hour something is killed every few seconds; 5,000 runs go through meanwhile."""
    seconds, runs = request.config.getoption("--soak-minutes") * 60, request.config.getoption("--soak-runs")
    environ = {"DATABASE_URL": own_postgres.create_database("soak")} if own_postgres else {}
    busy = scene(WORKERS="2", **environ)
    wait = {"key": "wait", "type": "wait", "with": {"for": "1s"}}
    one, two = busy.calling("one", "two")
    workflow_id = busy.add_workflow([one, wait, two], STARTS)
    began = time.monotonic()

    def start(number: int) -> None:
        """Start a run when its time has come; what an outage has held up is made up for."""
        let_pass(max(0, began + number * seconds / runs - time.monotonic()))
        busy.insist(workflow_id)

    with ThreadPoolExecutor(CALLERS) as callers:
        starts = [callers.submit(start, number) for number in range(runs)]
        try:
            killed = _let_in(busy, own_postgres, lambda: _are_through(starts, began + seconds))
        finally:
            callers.shutdown(cancel_futures=True)
    for one in starts:
        one.result()
    record_property("killed", dict(killed))
    record_property("monkey_minutes", round((time.monotonic() - began) / 60, 1))
    record_property("monkey_runs", runs)
    seen = len(busy.occurrences())
    wait_until(lambda: len(busy.occurrences()) >= seen + 3, LONGEST, busy.app.printed)
    busy.switch_off(workflow_id)
    busy.check(EVERY_2_SECONDS, seconds=SETTLED)
    assert len(set(busy.acknowledged)) == runs


def _are_through(starts: Sequence[Future[None]], until: float) -> bool:
    """Whether time is up and all are started, or one could not be."""
    if any(one.done() and one.exception() for one in starts):
        return True
    return time.monotonic() >= until and all(one.done() for one in starts)


def _let_in(busy: Scene, postgres: Postgres | None, is_over: Callable[[], bool]) -> Counter[str]:
    """Kill something every few seconds, each as often as the others; return how often.

    It is the main thread: what a thread has started, the kernel ends with that thread.
    """
    dice, killed = random.Random(42), Counter[str]()
    names = [*VICTIMS, *(["Postgres"] if postgres else [])]
    order: list[str] = []
    while not is_over():
        let_pass(dice.uniform(4, 16))
        order = order or dice.sample(names, len(names))
        name = order.pop()
        if name == "Postgres" and postgres:
            postgres.stop(dice.choice([signal.SIGINT, signal.SIGQUIT]))
            postgres.start_again()
        else:
            busy.app.kill(name)
        killed[VICTIMS.get(name, name)] += 1
    return killed
