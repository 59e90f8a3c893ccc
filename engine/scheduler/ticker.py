"""APScheduler as the alarm clock of a leader; it computes no schedule."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from engine.scheduler.leader import LONGEST_REST, Leader


class Ticker:
    """Wakes a leader every second, and sooner when something is due sooner."""

    def __init__(self, leader: Leader, now: Callable[[], datetime]) -> None:
        self._leader, self._now = leader, now
        self._ticking, self._stopped = threading.Lock(), False
        # One thread: two ticks at once would be two leaders in one process.
        self._alarm = BackgroundScheduler(
            timezone="UTC", executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        # That a slow tick was followed by none is normal; what a tick raises is logged as an error.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._alarm.add_job(self._tick, "interval", seconds=1, id="every second")
        self._alarm.add_job(self._tick, "date", id="at once")
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
            asked = self._now()
            again = self._leader.tick(self._now)
            # Later than that, the alarm of every second comes first.
            if self._leader.leads and again - asked < LONGEST_REST:
                self._alarm.add_job(self._tick, "date", run_date=again, id="next", replace_existing=True)
