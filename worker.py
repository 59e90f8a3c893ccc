"""The worker front door: `python worker.py` consumes both queues until it is told to stop."""

import logging
import signal
import sys
import threading
from typing import Any

from huey.consumer import Consumer, Scheduler, Worker

from engine import clock, config, wiring
from engine.runner import House
from engine.services.server import processes

GRACE_SECONDS = 20
REPORT_SECONDS = 5
LOOP_SECONDS = 1

log = logging.getLogger("carillon.worker")


class NoSchedule(Scheduler):  # type: ignore[misc]
    """Huey's own timetable stays unused: what is delayed waits in the database."""

    def loop(self, now: Any = None) -> None:
        self.stop_flag.wait(1)


class QuietConsumer(Consumer):  # type: ignore[misc]
    """A consumer that leaves signals to the process."""

    scheduler_class = NoSchedule

    def _set_signal_handlers(self) -> None:
        return None


class Porter(Worker):  # type: ignore[misc]
    """Takes as many runs off the queue as there is room for, and executes them together."""

    house: House

    def loop(self, now: Any = None) -> None:
        self.house.open(LOOP_SECONDS)

    def shutdown(self) -> None:
        self.house.close(GRACE_SECONDS)


class WorkerProcess:
    """Both consumers, the heartbeat and the orderly end."""

    def __init__(self, settings: config.Settings) -> None:
        self._name = wiring.process_name()
        self._parts = wiring.build(settings)
        self._worker = wiring.build_worker(self._parts, self._name)
        self._stop = threading.Event()
        self._consumers = [
            _consumer(self._parts.execution, type("PorterHere", (Porter,), {"house": self._worker.house})),
            _consumer(self._parts.dispatch),
        ]

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        for consumer in self._consumers:
            consumer.start()
        wiring.settle()
        lease_third = self._parts.settings.lease.total_seconds() / 3
        self._beat()
        while not self._stop.wait(min(REPORT_SECONDS, lease_third)):
            self._beat()
            for consumer in self._consumers:
                consumer.check_worker_health()
        self._end()

    def _beat(self) -> None:
        try:
            self._worker.runner.renew_leases()
            self._parts.database.run(
                lambda uow: processes.report(uow, self._name, "worker", clock.now())
            )
        except Exception:
            log.exception("no sign of life could be given; the next one follows")

    def _end(self) -> None:
        """Finish the steps under way within the grace period; hand back the rest."""
        self._worker.means.stopping.set()
        for consumer in self._consumers:
            consumer.stop_flag.set()
        for consumer in self._consumers:
            consumer.stop(graceful=True)
        self._worker.runner.hand_back()
        self._parts.database.run(lambda uow: processes.leave(uow, self._name))
        self._worker.writer.close()
        self._parts.database.close()


def _consumer(queue: Any, worker: type[Worker] = Worker) -> QuietConsumer:
    kind: type[QuietConsumer] = type("ConsumerHere", (QuietConsumer,), {"worker_class": worker})
    return kind(queue, workers=1, periodic=False, max_delay=2.0,
                shutdown_timeout=GRACE_SECONDS + 2 * LOOP_SECONDS)


if __name__ == "__main__":
    # The thread that commits shares Python with the one that runs steps, and a commit holds up everybody.
    sys.setswitchinterval(0.0005)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    WorkerProcess(config.load()).run()
