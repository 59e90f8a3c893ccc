"""Runs per second of ours and of a whole application, taking turns on one machine.

Ours are runs as in P1 and P2, on the database asked for; the application uses what it is best known with.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from bench import carillon, places, results
from bench.promises import Promise
from bench.runs import throughput

Rate = Callable[[int], float]


def compare(
    promise: Promise, start: Callable[[ExitStack], Rate], *, runs: int, words: Sequence[str] | None = None
) -> None:
    """Measure; `start` starts the peer and returns what measures its runs per second, for so many `runs`."""
    parser = argparse.ArgumentParser(description=promise.what)
    throughput.add_arguments(parser)
    parser.add_argument("--runs", type=int, default=throughput.RUNS, help="of ours, each turn")
    parser.add_argument("--peer-runs", type=int, default=runs, help="of the peer, each turn")
    given = parser.parse_args(words)
    mine, theirs = list[float](), list[float]()
    with ExitStack() as stack:
        peer = start(stack)
        create = stack.enter_context(throughput.databases(given))
        redis_url, home = stack.enter_context(places.redis_url()), stack.enter_context(places.folder())
        ours = stack.enter_context(carillon.running(
            create("carillon"), redis_url, home, synchronous=given.synchronous))
        throughput.rate(ours, throughput.WARM_UP)
        peer(max(given.peer_runs // 2, 1))
        for _ in range(given.pairs):
            mine.append(throughput.rate(ours, given.runs))
            theirs.append(peer(given.peer_runs))
        ours.check()
    results.keep(promise, results.ratio(mine, theirs), throughput.where(given), ours=results.rounded(mine),
                 peer=results.rounded(theirs), runs=given.runs, peer_runs=given.peer_runs)
    print(f"  runs/s: {results.rounded(mine)} against {results.rounded(theirs)}")
