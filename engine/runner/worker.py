"""The runs one worker process is busy with."""

from engine.db import Database
from engine.faults import point
from engine.runner.course import Course
from engine.runner.means import Means
from engine.runner.walk import Walk
from engine.services.runs import first_claims, step_runs
from engine.services.runs.claims import Request


class Runner:
    """Takes runs over, as many at a time as call `advance`."""

    def __init__(self, means: Means, database: Database) -> None:
        self._means, self._database = means, database
        self._ways = first_claims.ways(is_sqlite=database.is_sqlite)
        self._busy: set[str] = set()

    async def advance(self, execution_id: str) -> None:
        """Run what is next of an execution; do nothing when another worker has it."""
        means = self._means
        if means.stopping.is_set():
            return
        request = Request(execution_id, means.owner, means.lease, means.now())
        # What a power cut makes of it is a run that nobody has begun yet.
        for way in self._ways:
            if claim := await means.write(way, request, durable=False):
                break
        else:
            return
        point("after_claim")
        self._busy.add(execution_id)
        try:
            await Walk(Course(means, claim)).whole(means.plans.of(claim.row.version_id))
        finally:
            self._busy.discard(execution_id)

    def renew_leases(self) -> None:
        """Keep what this worker is busy with; called a few times within a lease."""
        busy = sorted(self._busy)
        if not busy:
            return
        until = self._means.now() + self._means.lease
        self._database.run(lambda uow: step_runs.renew(uow, self._means.owner, busy, until))

    def hand_back(self) -> int:
        """Give up whatever is still running, for other workers to take over at once."""
        at = self._means.now()
        return self._database.run(lambda uow: step_runs.hand_back(uow, self._means.owner, at))
