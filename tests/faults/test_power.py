"""Everything is killed at once, again and again."""

import random
import shutil
from collections.abc import Callable

import pytest

from tests.faults.scene import LONGEST, Scene
from tests.faults.work import EVERY_2_SECONDS, STARTS, Start, let_pass
from tests.support.waiting import wait_until

WITH_LOG, WITHOUT_LOG = "Redis keeps its log", "Redis loses its log"


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
