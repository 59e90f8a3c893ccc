"""A leader told to stop in the middle of a tick."""

import threading
from datetime import datetime

from engine.scheduler.leader import Leader
from engine.scheduler.ticker import Ticker
from tests.support.stories import Engine


class Busy(Leader):
    """Its tick lasts until it is let go, and leads afterwards."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.database, "a")
        self.at_work, self.let_go = threading.Event(), threading.Event()

    def tick(self, now) -> datetime:
        self.at_work.set()
        self.let_go.wait(10)
        return super().tick(now)


def test_a_leader_stopped_in_the_middle_of_a_tick_finishes_it_and_hands_over(engine: Engine) -> None:
    busy, successor = Busy(engine), Leader(engine.database, "b")
    ticker = Ticker(busy, engine.clock.now)
    ticker.start()
    assert busy.at_work.wait(10)
    stopping = threading.Thread(target=ticker.stop, daemon=True)
    stopping.start()
    stopping.join(0.2)
    busy.let_go.set()
    stopping.join(10)
    assert not stopping.is_alive()
    successor.tick(engine.clock.now)
    assert successor.leads
