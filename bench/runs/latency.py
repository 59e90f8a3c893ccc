"""P6: from a trigger on an idle machine to the run's completion, against the seed stack on the same database.

One run at a time, with a rest in between. A run counts as completed when another connection sees it so:
what is only about to be committed is not. Both sides take turns; of each turn there is a p50 and a p99.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import quantiles

from bench import promises, results, seed_stack
from bench.runs import throughput
from bench.runs.throughput import Side

TRIGGERS, REST = 200, 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    throughput.add_arguments(parser)
    parser.add_argument("--triggers", type=int, default=TRIGGERS)
    given = parser.parse_args()
    with ExitStack() as stack:
        compare(stack, given)


def compare(stack: ExitStack, given: argparse.Namespace) -> None:
    ours, theirs = throughput.sides(stack, given, seed_stack.SEEDS_OWN)
    taken: dict[str, list[list[float]]] = {ours.name: [], theirs.name: []}
    for side in (ours, theirs):
        turn(side, given.triggers // 4)
    for number in range(given.pairs):
        for side in (ours, theirs)[:: (-1) ** number]:
            taken[side.name].append(turn(side, given.triggers))
    ours.check()
    for percent, promise in promises.LATENCY.items():
        mine, peers = (_percentiles(taken[side.name], percent) for side in (ours, theirs))
        results.keep(promise, results.ratio(mine, peers), throughput.where(given), triggers=given.triggers,
                     ours_ms=results.rounded(mine), seed_stack_ms=results.rounded(peers))
        print(f"  ms: {results.rounded(mine)} against {results.rounded(peers)}")


def turn(side: Side, triggers: int) -> list[float]:
    """Trigger so many runs, one after another; return how long each took, in milliseconds."""
    taken = []
    for _ in range(triggers):
        since = time.time()
        began = side.queue(1)
        taken.append((side.watch.see(since) - began) * 1000)
        time.sleep(REST)
    return taken


def _percentiles(turns: Sequence[Sequence[float]], percent: int) -> list[float]:
    return [quantiles(taken, n=100)[percent - 1] for taken in turns]


if __name__ == "__main__":
    main()
