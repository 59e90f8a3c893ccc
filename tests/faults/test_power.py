"""Everything is killed at once, again and again; and a monkey kills what it finds while work goes through."""

import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.faults.scene import LONGEST, Scene
from tests.faults.work import EVERY_2_SECONDS, STARTS, Start, let_pass
from tests.support.postgres import Postgres
from tests.support.waiting import wait_until

WITH_LOG, WITHOUT_LOG = "Redis keeps its log", "Redis loses its log"
SETTLED = timedelta(minutes=10).total_seconds()


@pytest.mark.parametrize("log", [WITH_LOG, WITHOUT_LOG])
def test_a_power_cut_loses_nothing(scene: Start, log: str) -> None:
    """Fault 41: all processes and Redis are gone in the same moment, twice."""
    _cut_the_power(scene(), log, rounds=2)


@pytest.mark.long
@pytest.mark.parametrize("log", [WITH_LOG, WITHOUT_LOG])
def test_many_power_cuts_lose_nothing(
    scene: Start, log: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """Fault 41: the same, fifty times over."""
    rounds = request.config.getoption("--rounds")
    record_property("power_cuts", rounds)
    _cut_the_power(scene(), log, rounds)


def _cut_the_power(broken: Scene, log: str, rounds: int) -> None:
    workflow_id = broken.add_workflow(broken.calling("one", "two?delay=0.2"), STARTS)
    dice = random.Random(41)
    for _ in range(rounds):
        for _ in range(4):
            broken.insist(workflow_id)
        let_pass(dice.uniform(0, 2.5))
        broken.app.kill_everything()
        if log == WITHOUT_LOG:
            shutil.rmtree(broken.app.home / "appendonlydir")
        broken.app.start()
    seen = len(broken.occurrences())
    wait_until(lambda: len(broken.occurrences()) >= seen + 3, LONGEST)
    broken.switch_off(workflow_id)
    broken.check(EVERY_2_SECONDS)


@pytest.mark.long
def test_with_a_monkey_in_the_house_every_run_ends_once(
    own_postgres: Postgres | None, scene: Start, request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    """Fault 41: for half an hour something is killed every few seconds; 5,000 runs go through meanwhile."""
    minutes, runs = request.config.getoption("--soak-minutes"), request.config.getoption("--soak-runs")
    environ = {"DATABASE_URL": own_postgres.create_database("soak")} if own_postgres else {}
    busy = scene(WORKERS="2", **environ)
    wait = {"key": "wait", "type": "wait", "with": {"for": "1s"}}
    one, two = busy.calling("one", "two")
    workflow_id = busy.add_workflow([one, wait, two], STARTS)
    pause = 2 * minutes * 60 / runs  # two of them take turns

    def go_through() -> None:
        busy.insist(workflow_id)
        let_pass(pause)

    with ThreadPoolExecutor(2) as pool:
        going = [pool.submit(go_through) for _ in range(runs)]
        record_property("killed", _let_the_monkey_in(busy, own_postgres, going))
        for one in going:
            one.result()
    record_property("monkey_minutes", minutes)
    seen = len(busy.occurrences())
    wait_until(lambda: len(busy.occurrences()) >= seen + 3, LONGEST, busy.app.printed)
    busy.switch_off(workflow_id)
    busy.check(EVERY_2_SECONDS, seconds=SETTLED)
    assert len(set(busy.acknowledged)) == runs


def _let_the_monkey_in(
    busy: Scene, postgres: Postgres | None, going: Sequence[Future[None]]
) -> dict[str, int]:
    """Kill something every few seconds while anything goes on; return how often what was killed.

    It is the main thread: what a thread has started, the kernel ends with that thread.
    """
    dice, killed = random.Random(42), Counter[str]()
    names = ["web", "web worker", "worker 1", "worker 2", "redis", *(["postgres"] if postgres else [])]
    while not all(one.done() for one in going):
        let_pass(dice.uniform(4, 16))
        name = dice.choice(names)
        if name == "postgres" and postgres:
            postgres.stop(dice.choice([signal.SIGINT, signal.SIGQUIT]))
            postgres.start_again()
        elif name in busy.app.processes():
            busy.app.kill(name)
        killed[name] += 1
    return dict(killed)
