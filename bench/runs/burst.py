"""P7: 1,000 schedules due in the same second; how late the last one starts, against BullMQ job schedulers.

Ours are 100 workflows with ten starts each, a leader and two workers; theirs are 1,000 job schedulers of
the seed stack, at four times the seeds' concurrency. Both are set up well before the second, and take
turns. A run has started when its row says so; every one of them must complete.
"""

import argparse
import math
import time
from contextlib import ExitStack
from datetime import UTC, datetime

from bench import promises, results, seed_stack
from bench.carillon import Carillon
from bench.runs import throughput
from bench.seed_stack import SeedStack

DUE, PER_WORKFLOW = 1_000, 10
REST = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    throughput.add_arguments(parser)
    parser.add_argument("--due", type=int, default=DUE)
    parser.add_argument("--set-up-seconds", type=int, default=30, help="to set up what is due")
    given = parser.parse_args()
    with ExitStack() as stack:
        compare(stack, given)


def compare(stack: ExitStack, given: argparse.Namespace) -> None:
    ours, theirs = throughput.sides(stack, given, seed_stack.GENEROUS, leads=True)
    late: dict[str, list[float]] = {ours.name: [], theirs.name: []}
    for number in range(given.pairs):
        for side in (ours, theirs)[:: (-1) ** number]:
            late[side.name].append(last_start(side, given.due, given.set_up_seconds))
    ours.check()
    mine, peers = late[ours.name], late[theirs.name]
    results.keep(promises.BURST, results.ratio(mine, peers), throughput.where(given), due=given.due,
                 ours_seconds=results.rounded(mine), seed_stack_seconds=results.rounded(peers))
    print(f"  seconds: {results.rounded(mine)} against {results.rounded(peers)}")


def last_start(side: Carillon | SeedStack, due: int, set_up_seconds: int) -> float:
    """Let so many be due at one second; return how long after it the last one started."""
    before, moment = side.watch.completed(), math.ceil(time.time()) + set_up_seconds
    if isinstance(side, Carillon):
        _schedule(side, due, moment)
    else:
        side.say(f"schedule {due} {moment * 1000}")
    spare = moment - time.time()
    assert spare > REST, f"setting up took too long, {spare:.1f} s before it was due: give it more time"
    time.sleep(spare)
    side.watch.wait(before + due)
    time.sleep(1)
    assert side.watch.completed() == before + due, "more runs than were due"
    return side.watch.last("started_at") - moment


def _schedule(carillon: Carillon, due: int, moment: int) -> None:
    anchor = datetime.fromtimestamp(moment, UTC).isoformat()
    schedule = {"interval": "1d", "align": "anchor", "anchor": anchor}
    inputs = {"order": {"id": 1, "total": 10}}
    for first in range(0, due, PER_WORKFLOW):
        starts = [{"name": f"start {number}", "kind": "schedule", "schedule": schedule, "inputs": inputs}
                  for number in range(min(PER_WORKFLOW, due - first))]
        carillon.add_workflow(f"Burst {moment} {first}", starts)


if __name__ == "__main__":
    main()
