"""P3: runs per second as a share of what raw Huey does of nothing, with two processes on both sides.

Raw Huey is its own consumer on its own Redis storage, each process with one thread (more threads make it
slower) and tasks that do nothing and keep nothing; it is given all tasks in one go. The clock runs from
the first task queued to the moment the queue is empty.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from huey import RedisHuey
from redis import Redis

from bench import carillon, places, promises, results
from bench.runs import throughput
from commands import children

TASKS, PROCESSES = 20_000, 2
QUEUE = "raw"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    throughput.add_arguments(parser)
    parser.add_argument("--runs", type=int, default=throughput.RUNS)
    parser.add_argument("--consume", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.consume:
        consume(given.consume)
        return
    with ExitStack() as stack:
        create = stack.enter_context(throughput.databases(given))
        compare(stack, create("carillon"), given)


def compare(stack: ExitStack, url: str, given: argparse.Namespace) -> None:
    redis_url, home = stack.enter_context(places.redis_url()), stack.enter_context(places.folder())
    ours = stack.enter_context(carillon.running(url, redis_url, home, synchronous=given.synchronous))
    huey, nothing = stack.enter_context(consumers(redis_url))
    throughput.rate(ours, throughput.WARM_UP)
    raw_rate(huey, nothing, TASKS // 10)
    runs, tasks = list[float](), list[float]()
    for _ in range(given.pairs):
        runs.append(throughput.rate(ours, given.runs))
        tasks.append(raw_rate(huey, nothing, TASKS))
    ours.check()
    results.keep(promises.OF_HUEY, results.ratio(runs, tasks), throughput.where(given),
                 ours=results.rounded(runs), huey=results.rounded(tasks), runs=given.runs, tasks=TASKS)
    print(f"  per second: {results.rounded(runs)} runs, {results.rounded(tasks)} tasks")


def raw_rate(huey: RedisHuey, nothing: Any, tasks: int) -> float:
    """Tasks per second that do nothing."""
    began = time.perf_counter()
    messages = [huey.serialize_task(nothing.s()) for _ in range(tasks)]
    Redis(connection_pool=huey.storage.pool).lpush(huey.storage.queue_key, *messages)
    while huey.pending_count():
        time.sleep(0.01)
    return tasks / (time.perf_counter() - began)


def consume(redis_url: str) -> None:
    huey, _ = _raw(redis_url)
    huey.create_consumer(workers=1, periodic=False).run()


@contextmanager
def consumers(redis_url: str) -> Iterator[tuple[RedisHuey, Any]]:
    command = [sys.executable, "-m", "bench.runs.huey_share", "--consume", redis_url]
    started: list[subprocess.Popen[bytes]] = [children.start(command, os.environ) for _ in range(PROCESSES)]
    try:
        yield _raw(redis_url)
    finally:
        for process in started:
            process.send_signal(signal.SIGINT)
            process.wait()


def _raw(redis_url: str) -> tuple[RedisHuey, Any]:
    """The queue, and its only task."""
    huey = RedisHuey(QUEUE, url=redis_url, results=False)

    @huey.task(name="nothing")
    def nothing() -> None:
        return None

    return huey, nothing


if __name__ == "__main__":
    main()
