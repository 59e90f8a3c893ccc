"""A leader without a web server: `python -m engine.scheduler`."""

import signal
import threading

from engine import config, wiring
from engine.scheduler.running import leading


def main() -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parts = wiring.build(config.load())
    wiring.settle()
    with leading(parts):
        stop.wait()


if __name__ == "__main__":
    main()
