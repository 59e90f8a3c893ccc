"""What follows when runs have ended: places become free, failures count, who waited for them goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.db import UnitOfWork
from engine.domain.runs.statistics import Ended as Counted
from engine.services.planning import failures
from engine.services.runs import calls, overlaps, statistics


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended. `planned` tells a run of a due time from one that somebody asked for.

    A dry run is not counted; the lengths are None for a run that never began.
    """

    execution_id: str
    workflow_id: str
    status: str
    at: datetime
    trigger_id: str | None = None
    planned: bool = False
    limited: bool = True
    parent_id: str | None = None
    counts: bool = True
    duration_ms: int | None = None
    waited_ms: int | None = None
    failed_step: str | None = None


def settle(uow: UnitOfWork, ended: Sequence[Ended]) -> None:
    """Do everything that the end of these runs brings about, in the transaction that ends them."""
    for run in ended:
        if run.limited:
            uow.admit(run.workflow_id)
        if run.parent_id is not None:
            calls.wake(uow, run.parent_id, run.at)
    if not ended:
        return
    at = max(run.at for run in ended)
    overlaps.admit_after(uow, {run.trigger_id for run in ended if run.trigger_id}, at)
    failures.count(uow, [(run.trigger_id, run.status) for run in ended if run.trigger_id and run.planned], at)
    statistics.count(uow, [
        Counted(run.workflow_id, run.status, run.at, run.duration_ms, run.waited_ms, run.failed_step)
        for run in ended if run.counts
    ])
