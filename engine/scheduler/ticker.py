"""APScheduler as the alarm clock of a leader; it computes no schedule."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from engine.scheduler.leader import LONGEST_REST, Leader

_NEXT: Final = "next tick"


class _Alarm(BackgroundScheduler):  # type: ignore[misc]
    """An alarm clock that does not oversleep when the clock of the machine is set back."""

    now: Callable[[], datetime]

    def _process_jobs(self) -> float | None:
        rest: float | None = super()._process_jobs()
        if rest is not None and rest > 2 * LONGEST_REST.total_seconds():
            self.modify_job(_NEXT, next_run_time=self.now())
        return rest


class Ticker:
    """Wakes a leader every second, and sooner when something is due sooner."""

    def __init__(self, leader: Leader, now: Callable[[], datetime]) -> None:
        self._leader, self._now = leader, now
        self._ticking, self._stopped = threading.Lock(), False
        # One thread: two ticks at once would be two leaders in one process. An alarm rings once, so that
        # no clock set ahead by years makes it count the seconds between.
        self._alarm = _Alarm(
            timezone="UTC", executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        self._alarm.now = now

    def start(self) -> None:
        # What a tick raises is logged as an error; the rest is noise.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._set(self._now())
        self._alarm.start()

    def stop(self) -> None:
        """Let a tick under way end, and hand the lease over.

        The alarm holds its lock while it waits for its threads; a tick that then set it would wait for ever.
        """
        with self._ticking:
            self._stopped = True
        self._alarm.shutdown(wait=True)
        self._leader.resign(self._now())

    def _tick(self) -> None:
        with self._ticking:
            if self._stopped:
                return
            again: datetime | None = None
            try:
                again = self._leader.tick(self._now)
            finally:
                self._set(again or self._now() + LONGEST_REST)

    def _set(self, at: datetime) -> None:
        self._alarm.add_job(self._tick, "date", run_date=at, id=_NEXT, replace_existing=True)
