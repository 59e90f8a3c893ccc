"""The runs one worker process is busy with."""

from collections.abc import Callable

from engine.db import UnitOfWork
from engine.faults import point
from engine.runner.course import Course
from engine.runner.means import Means
from engine.services import step_runs
from engine.services.step_runs import Claim


class Runner:
    """Takes runs over one by one, on as many threads as call it."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._busy: set[str] = set()

    def advance(self, execution_id: str) -> None:
        """Run what is next of an execution; do nothing when another worker has it."""
        if self._means.stopping.is_set():
            return
        claim = self._means.write(self._claiming(execution_id))
        if claim is None:
            return
        point("after_claim")
        self._busy.add(execution_id)
        try:
            Course(self._means, claim).run()
        finally:
            self._busy.discard(execution_id)

    def renew_leases(self) -> None:
        """Keep what this worker is busy with; called a few times within a lease."""
        if busy := sorted(self._busy):
            until = self._means.now() + self._means.lease
            self._means.write(lambda uow: step_runs.renew(uow, self._means.owner, busy, until))

    def hand_back(self) -> int:
        """Give up whatever is still running, for other workers to take over at once."""
        at = self._means.now()
        return self._means.write(lambda uow: step_runs.hand_back(uow, self._means.owner, at))

    def _claiming(self, execution_id: str) -> Callable[[UnitOfWork], Claim | None]:
        means, at = self._means, self._means.now()
        return lambda uow: step_runs.claim(uow, execution_id, means.owner, means.lease, at)
