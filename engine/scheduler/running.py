"""A leader candidate as a context: it ticks while inside, and hands over on the way out."""

from collections.abc import Iterator
from contextlib import contextmanager

from engine import clock
from engine.scheduler.leader import Leader
from engine.scheduler.ticker import Ticker
from engine.wiring import Parts, process_name


@contextmanager
def leading(parts: Parts) -> Iterator[Leader]:
    """Run for leader until the end of the block."""
    leader = Leader(parts.database, process_name())
    ticker = Ticker(leader, clock.now)
    ticker.start()
    try:
        yield leader
    finally:
        ticker.stop()
