"""Who is let in, and when: the house with a runner and a doorbell that do what a test says."""

import asyncio
import threading
from collections.abc import Sequence

from engine.runner.house import MOST_RUNS, House, Threads


class Doorbell:
    """Names these runs, as many at a time as there is room for, then nobody."""

    def __init__(self, *runs: str) -> None:
        self.runs = list(runs)

    async def wait(self, most: int, seconds: float) -> Sequence[str]:
        named, self.runs = self.runs[:most], self.runs[most:]
        if not named:
            await asyncio.sleep(seconds)
        return named


class Runner:
    """Keeps every run inside until `let_go` says otherwise."""

    def __init__(self) -> None:
        self.inside, self.done = set[str](), list[str]()
        self.let_go = asyncio.Event()

    async def advance(self, execution_id: str) -> None:
        self.inside.add(execution_id)
        await self.let_go.wait()
        self.inside.discard(execution_id)
        if execution_id == "broken":
            raise RuntimeError("broken")
        self.done.append(execution_id)


def house(runner: Runner, doorbell: Doorbell, threads: Threads | None = None) -> House:
    return House(runner, threads or Threads(2), doorbell)  # type: ignore[arg-type]


def test_who_rings_is_let_in_and_goes_on_when_the_house_is_opened_again():
    runner, doorbell = Runner(), Doorbell("a", "b")
    home = house(runner, doorbell)

    home.open(0.02)
    assert (runner.inside, home.is_alone) == ({"a", "b"}, False)
    runner.let_go.set()
    home.open(0.02)

    assert sorted(runner.done) == ["a", "b"]
    assert home.is_alone


def test_no_more_are_let_in_than_there_is_room_for():
    runner, doorbell = Runner(), Doorbell(*(str(number) for number in range(MOST_RUNS + 5)))
    home = house(runner, doorbell)

    home.open(0.02)
    assert len(runner.inside) == MOST_RUNS
    runner.let_go.set()
    home.open(0.02)

    assert len(runner.done) == MOST_RUNS + 5


def test_nobody_is_let_in_while_no_thread_is_free():
    held, threads = threading.Event(), Threads(1)

    class Blocking(Runner):
        async def advance(self, execution_id: str) -> None:
            await threads.run(held.wait)
            self.done.append(execution_id)

    runner, doorbell = Blocking(), Doorbell("a")
    home = house(runner, doorbell, threads)
    home.open(0.02)
    doorbell.runs.append("b")
    home.open(0.02)
    assert (doorbell.runs, runner.done) == (["b"], [])

    held.set()
    home.open(0.2)

    assert runner.done == ["a", "b"]


def test_one_that_breaks_takes_no_other_with_it(caplog):
    runner = Runner()
    home = house(runner, Doorbell("broken", "whole"))
    home.open(0.02)
    runner.let_go.set()

    home.open(0.02)

    assert runner.done == ["whole"]
    assert "a run was left where it was" in caplog.text


def test_at_the_end_those_inside_are_waited_for_and_nobody_comes_in():
    runner, doorbell = Runner(), Doorbell("a")
    home = house(runner, doorbell)
    home.open(0.02)
    doorbell.runs.append("late")
    runner.let_go.set()

    home.close(5)

    assert (runner.done, doorbell.runs) == (["a"], ["late"])


def test_at_the_end_one_that_does_not_rest_is_left():
    runner = Runner()
    home = house(runner, Doorbell("a"))
    home.open(0.02)

    home.close(0.02)

    assert runner.inside == {"a"}
