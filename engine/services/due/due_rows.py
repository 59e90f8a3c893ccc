"""What becomes of a producer's due times, and the rows that makes."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from engine.domain.due.lines import SKIP, WAIT, Placed, place
from engine.domain.due.misfires import Decision, Unstarted, decide
from engine.domain.ids import new_id
from engine.domain.runs.states import MISSED, PENDING, SKIPPED, STARTED, WAITING
from engine.domain.timetables.policies import Policies
from engine.domain.workflows.limits import key_of
from engine.queries.server.brake import HELD, Brake
from engine.services.runs.overlaps import OVERLAP, Live

MOST_MISSED: Final = 1000


@dataclass(frozen=True)
class Record:
    """An occurrence and, unless there is a reason for none, its run."""

    occurrence: dict[str, Any]
    execution: dict[str, Any] | None


@dataclass(frozen=True)
class Plan:
    """What one due row asks for, and its place in time afterwards.

    `unlisted` times, the first at `since`, are on record as one row that stands for them all.
    """

    row: Row[Any]
    policies: Policies
    decision: Decision
    next_run_at: datetime | None
    held: Sequence[datetime] = ()
    brake: Brake | None = None
    unlisted: int = 0
    span: tuple[datetime, datetime] | None = None
    inputs: Mapping[datetime, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.decision.starts) + len(self.decision.unstarted) + len(self.held)

    @property
    def counts(self) -> bool:
        """Whether it matters what of this start is still going."""
        return bool(self.decision.starts) and self.policies.overlap.rule != "allow"

    def placed(self, live: Live, at: datetime) -> list[Placed]:
        return place(self.policies, self.decision.starts, at, running=len(live.running), waiting=live.waiting)


def make_plan(
    row: Row[Any], policies: Policies, due: Iterable[datetime], next_run_at: datetime | None,
    brake: Brake | None, at: datetime,
) -> Plan:
    """Decide about all times due at `at`, oldest first, however many there are."""
    last: deque[datetime] = deque(maxlen=MOST_MISSED)
    first, dropped, unlisted = None, None, 0
    for moment in due:
        if len(last) == MOST_MISSED:
            first, dropped, unlisted = first or last[0], last[0], unlisted + 1
        last.append(moment)
    held = [moment for moment in last if brake and brake.holds(moment)]
    others = [moment for moment in last if not (brake and brake.holds(moment))]
    decision = decide(policies, others, at)
    return Plan(row, policies, decision, next_run_at, held, brake, unlisted,
                (first, dropped) if first and dropped else None)


def records_of(plan: Plan, placed: Iterable[Placed], at: datetime) -> Iterator[Record]:
    """Yield what to insert for one producer."""
    if plan.span is not None:
        yield _range(plan, plan.span, at)
    for moment in plan.held:
        assert plan.brake
        data = {"by": plan.brake.by, "note": plan.brake.reason}
        yield Record(_occurrence(plan.row, moment, SKIPPED, HELD, at, data), None)
    for none in plan.decision.unstarted:
        yield _without_run(plan.row, none, at)
    for one in placed:
        if one.action == SKIP:
            none = Unstarted(one.start.scheduled_at, SKIPPED, one.reason or OVERLAP)
            yield _without_run(plan.row, none, at)
        else:
            yield _with_run(plan, one, at)


def execution(
    row: Row[Any], occurrence_id: str, execution_id: str, given: Mapping[str, Any], at: datetime, *,
    not_before: datetime, in_line: bool,
) -> dict[str, Any]:
    """A run that is to begin later rests first; the leader wakes it like any other."""
    rests = not_before > at
    return {
        "id": execution_id, "workflow_id": row.workflow_id, "version_id": row.live_version_id,
        "trigger_id": row.trigger_id, "occurrence_id": occurrence_id, "started_by": "schedule",
        "status": WAITING if rests else PENDING,
        "reason": OVERLAP if in_line else "timer" if rests else None,
        "wake_at": not_before if rests else None, "input": given, "queued_at": at,
        "retry_count": 0, "crash_count": 0, "lease_epoch": 0, "priority": row.priority,
        "concurrency_key": key_of(row.concurrency_key, given),
    }


def _range(plan: Plan, span: tuple[datetime, datetime], at: datetime) -> Record:
    reasons = (none.reason for none in plan.decision.unstarted if none.outcome == MISSED)
    data = {"count": plan.unlisted, "until": span[1].isoformat()}
    return Record(_occurrence(plan.row, span[0], MISSED, next(reasons, "over_limit"), at, data), None)


def _without_run(row: Row[Any], none: Unstarted, at: datetime) -> Record:
    return Record(_occurrence(row, none.scheduled_at, none.outcome, none.reason, at), None)


def _with_run(plan: Plan, placed: Placed, at: datetime) -> Record:
    start = placed.start
    occurrence = _occurrence(plan.row, start.scheduled_at, STARTED, None, at)
    occurrence["execution_id"] = new_id(at)
    given = {**plan.row.inputs, **plan.inputs.get(start.scheduled_at, {})}
    return Record(occurrence, execution(
        plan.row, occurrence["id"], occurrence["execution_id"], given, at,
        not_before=start.not_before, in_line=placed.action == WAIT,
    ))


def _occurrence(
    row: Row[Any], scheduled_at: datetime, outcome: str, reason: str | None, at: datetime,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "id": new_id(at), "trigger_id": row.trigger_id, "workflow_id": row.workflow_id,
        "scheduled_at": scheduled_at, "outcome": outcome, "reason": reason, "reason_data": data,
        "execution_id": None, "created_at": at,
    }
