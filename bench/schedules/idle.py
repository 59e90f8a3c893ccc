"""P8: what a leader costs while nothing is due, with many schedules against few.

Each of a pair is a process of its own, and both idle at the same time, so that they meet the same noise.
What counts is the CPU time of the whole process: `python -m bench.schedules.idle --help`.
"""

import argparse
import subprocess
import sys
import time
from contextlib import ExitStack

from bench import places, promises, results, seeding
from engine import clock
from engine.db import Database
from engine.scheduler.leader import Leader
from engine.scheduler.ticker import Ticker

MANY, FEW = 100_000, 1_000
_WARM_UP = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=places.KINDS, default="sqlite")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--idle", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.idle:
        print(idle(given.idle, given.seconds))
    else:
        compare(given.database, given.seconds, given.pairs)


def compare(kind: str, seconds: float, pairs: int) -> None:
    with ExitStack() as stack:
        many, few = (_seeded(stack, kind, producers) for producers in (MANY, FEW))
        used: dict[str, list[float]] = {many: [], few: []}
        for number in range(pairs):
            for url, child in [(url, _start(url, seconds)) for url in (many, few)[:: (-1) ** number]]:
                output, _ = child.communicate()
                used[url].append(float(output))
    results.keep(
        promises.IDLE, results.ratio(used[many], used[few]), kind, seconds=seconds,
        many_cpu_seconds=results.rounded(used[many]), few_cpu_seconds=results.rounded(used[few]),
    )
    print(f"CPU seconds in {seconds:g} s: {results.rounded(used[many])} against {results.rounded(used[few])}")


def idle(url: str, seconds: float) -> float:
    """Lead for a while and return the CPU time that took, without the start."""
    database = Database(url)
    ticker = Ticker(Leader(database, "bench"), clock.now)
    ticker.start()
    time.sleep(_WARM_UP)
    before = time.process_time()
    time.sleep(seconds)
    used = time.process_time() - before
    ticker.stop()
    return used


def _seeded(stack: ExitStack, kind: str, producers: int) -> str:
    url = stack.enter_context(places.database_url(kind))
    database = Database(url, synchronous="OFF")
    seeding.seed(database, producers, clock.now())
    database.close()
    return url


def _start(url: str, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.schedules.idle", "--idle", url, "--seconds", str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    main()
