"""What wakes the leader, while the clock of the machine is set and while a tick takes long."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import apscheduler.schedulers.base
import pytest

from engine import clock
from engine.scheduler.leader import Leader
from engine.scheduler.ticker import Ticker
from tests.support.waiting import wait_until


class Counting(Leader):
    """Counts its ticks, and how many there ever were at once."""

    def __init__(self) -> None:
        self.ticks, self.at_once, self.most = 0, 0, 0
        self.may_end = threading.Event()
        self.may_end.set()
        self.broken = False

    def tick(self, now: Any) -> datetime:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.may_end.wait(10)
        self.at_once -= 1
        self.ticks += 1
        if self.broken:
            raise RuntimeError("the database is away")
        return now() + timedelta(milliseconds=10)

    def resign(self, at: datetime) -> None:
        """It holds nothing."""


class Wrong:
    """The clock of a machine that somebody sets."""

    by = timedelta()

    @classmethod
    def now(cls, zone: Any = None) -> datetime:
        return clock.now() + cls.by


@pytest.fixture
def leader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Wrong)
    monkeypatch.setattr(Wrong, "by", timedelta())
    leader = Counting()
    ticker = Ticker(leader, Wrong.now)
    ticker.start()
    yield leader
    leader.may_end.set()
    ticker.stop()


def ticks_on(leader: Counting) -> bool:
    before = leader.ticks
    return bool(wait_until(lambda: leader.ticks > before + 2))


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(hours=2), timedelta(days=20_000)],
                         ids=["back", "ahead", "by years"])
def test_a_clock_that_is_set_does_not_put_the_leader_to_sleep(leader: Counting, by: timedelta) -> None:
    """Faults 28, 29: back by an hour, ahead by two, and from 1970 to now as on a Raspberry Pi."""
    assert ticks_on(leader)
    Wrong.by = by
    assert ticks_on(leader)


def test_a_tick_that_takes_long_meets_no_other(leader: Counting) -> None:
    """Fault 7: the next one waits."""
    leader.may_end.clear()
    wait_until(lambda: leader.at_once)
    Wrong.by += timedelta(seconds=30)
    leader.may_end.set()
    assert ticks_on(leader)
    assert leader.most == 1


def test_a_tick_that_fails_is_followed_by_the_next(leader: Counting) -> None:
    """Fault 9: the database was away for a moment."""
    leader.broken = True
    assert ticks_on(leader)
