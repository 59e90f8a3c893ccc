"""P1, P2: runs per second against the seed stack, on the same database.

A run has three steps that do next to nothing, and leaves a durable history: an execution, three steps and six
lines of log. Ours has two worker processes as they are started in use; the seed stack has the processes and
the concurrency that suit it best, found out before. Both are warm, share a Redis-protocol server, and take
turns; the clock runs from the first run queued to the last one completed.
"""

import argparse
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

from bench import carillon, places, promises, results, seed_stack
from bench.carillon import Carillon
from bench.seed_stack import SETTINGS, SeedStack, Setting
from bench.watch import Watch

RUNS, WARM_UP = 2_000, 200


class Side(Protocol):
    name: str
    watch: Watch

    def queue(self, runs: int) -> float: ...


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed-setting", type=int, nargs=2, metavar=("PROCESSES", "CONCURRENCY"),
                        help="of the seed stack, instead of finding out what suits it best")
    given = parser.parse_args()
    with ExitStack() as stack:
        compare(stack, given)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every comparison with the seed stack can be told."""
    parser.add_argument("--database", choices=places.KINDS, default="sqlite")
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL"), default="FULL", help="of SQLite")
    parser.add_argument("--no-fsync", action="store_true", help="let Postgres not wait for the disk")
    parser.add_argument("--pairs", type=int, default=5)


def compare(stack: ExitStack, given: argparse.Namespace) -> None:
    setting, tried = (Setting(*given.seed_setting), {}) if given.seed_setting else best_setting(given)
    ours, theirs = sides(stack, given, setting)
    rates: dict[str, list[float]] = {ours.name: [], theirs.name: []}
    for side in (ours, theirs):
        rate(side, WARM_UP)
    for number in range(given.pairs):
        for side in (ours, theirs)[:: (-1) ** number]:
            rates[side.name].append(rate(side, given.runs))
    ours.check()
    is_sqlite = given.database == "sqlite"
    promise = promises.ON_SQLITE[given.synchronous] if is_sqlite else promises.ON_POSTGRES
    mine, peers = rates[ours.name], rates[theirs.name]
    results.keep(promise, results.ratio(mine, peers), where(given), ours=results.rounded(mine),
                 seed_stack=results.rounded(peers), setting=setting, settings_tried=tried, runs=given.runs)
    print(f"  runs/s: {results.rounded(mine)} against {results.rounded(peers)}, {setting}")


def sides(
    stack: ExitStack, given: argparse.Namespace, setting: Setting, *, leads: bool = False
) -> tuple[Carillon, SeedStack]:
    """Start both, on one database server or disk and one Redis-protocol server."""
    create = stack.enter_context(databases(given))
    redis_url, home = stack.enter_context(places.redis_url()), stack.enter_context(places.folder())
    ours = stack.enter_context(carillon.running(
        create("carillon"), redis_url, home, synchronous=given.synchronous, leads=leads))
    theirs = stack.enter_context(seed_stack.running(
        create("seeds"), redis_url, setting, synchronous=given.synchronous))
    return ours, theirs


def databases(given: argparse.Namespace) -> AbstractContextManager[places.Create]:
    return places.databases(given.database, durable=not given.no_fsync)


def best_setting(given: argparse.Namespace) -> tuple[Setting, dict[str, float]]:
    """Try every setting on the same tables, and return the fastest with what was tried."""
    found = dict[Setting, float]()
    with databases(given) as create, places.redis_url() as redis_url:
        url = create("seeds")
        for setting in SETTINGS:
            with seed_stack.running(url, redis_url, setting, synchronous=given.synchronous,
                                    create=not found) as side:
                rate(side, WARM_UP)
                found[setting] = rate(side, max(given.runs // 2, WARM_UP))
    return max(found, key=lambda one: found[one]), {f"{p} x {c}": round(r) for (p, c), r in found.items()}


def rate(side: Side, runs: int) -> float:
    """Runs per second, from the first queued to the last completed."""
    before = side.watch.completed()
    began = side.queue(runs)
    side.watch.wait(before + runs)
    return runs / (side.watch.last("completed_at") - began)


def where(given: argparse.Namespace) -> str:
    if given.database == "sqlite":
        return f"sqlite {given.synchronous}"
    return "postgres, no fsync" if given.no_fsync else "postgres"


if __name__ == "__main__":
    main()
