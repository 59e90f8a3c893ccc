"""Whether the brake and the limits let one more run begin, and who is let in when they do."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, literal, or_, select, tuple_, update

from engine.db import UnitOfWork
from engine.domain.events import QUEUED, WAITING, Change
from engine.domain.runs.holds import OWNER_AT_ONCE, PER_KEY
from engine.domain.runs.states import PENDING
from engine.models import IS_LIVE, Execution
from engine.queries.keyset import older
from engine.queries.runs import places
from engine.queries.runs.braked import IS_WAITING
from engine.queries.runs.places import Gate, Places
from engine.queries.server import brake

LIMIT: Final = "limit"
_BATCH: Final = 100
_MOST_WOKEN: Final = 1_000
# After who is held like this, others of the same line may still go.
_GOES_ON: Final = (None, PER_KEY, OWNER_AT_ONCE)
_HELD: Final = (IS_LIVE, Execution.status == PENDING, Execution.reason == LIMIT)


def braked(uow: UnitOfWork, runs: Sequence[Row[Any]], at: datetime) -> set[str]:
    """Return the ids of the runs, about to start, that wait until the brake is released."""
    refused = [run for run in runs if run.is_braked]
    for run in refused:
        if run.reason != brake.HELD:
            uow.record(Change(WAITING, at, run.workflow_id, run.id))
    return {run.id for run in refused}


def wake_braked(uow: UnitOfWork, at: datetime) -> None:
    """Let the runs that the brake held go, the oldest first, unless it is on.

    The release does, and every sweep: for those left over, and for who was told to wait in that moment.
    """
    rows = uow.execute(
        select(Execution.id, Execution.workflow_id, Execution.priority)
        .where(*IS_WAITING, ~brake.is_on())
        .order_by(Execution.queued_at, Execution.id).limit(_MOST_WOKEN)
        .with_for_update(of=Execution, skip_locked=True)
    ).all()
    if rows:
        uow.execute(update(Execution).where(Execution.id.in_([run.id for run in rows])).values(reason=None))
    for run in rows:
        uow.record(Change(QUEUED, at, run.workflow_id, run.id))
        uow.ring(run.id, f"{run.workflow_id} held", run.priority)


def held(uow: UnitOfWork, runs: Sequence[Row[Any]], at: datetime) -> set[str]:
    """Lock the limits of these runs, which are about to start, and return the ids of those held back.

    Each that is let in counts for the next, and for whoever asks later in the same transaction.
    Needs id, workflow_id, reason, queued_at, concurrency_key and parent_id of each.
    """
    gates = places.gates(uow.connection, {run.workflow_id for run in runs}, lock=True)
    taken = Places(uow.connection, gates.values(), at)
    refused = [run for run in runs
               if _is_behind_others(uow, run, gates[run.workflow_id]) or taken.take(run)]
    for run in refused:
        if run.reason != LIMIT:
            uow.record(Change(WAITING, at, run.workflow_id, run.id))
    return {run.id for run in refused}


def _is_behind_others(uow: UnitOfWork, run: Row[Any], gate: Gate) -> bool:
    """Whether a run that asks for the first time would overtake one that was held before it."""
    own = gate.per_key is not None or gate.at_once is not None or gate.a_minute is not None
    if run.reason == LIMIT or run.parent_id is not None or not own:
        return False
    before = select(Execution.id).where(
        *_HELD, Execution.workflow_id == run.workflow_id,
        older(Execution.queued_at, Execution.id, (run.queued_at, run.id)),
    )
    if gate.per_key is not None:
        before = before.where(Execution.concurrency_key == run.concurrency_key)
    return uow.execute(before.limit(1)).first() is not None


def wake_limited(uow: UnitOfWork, workflow_id: str, at: datetime) -> int:
    """Ring for as many held runs as there is room for now that a run of this workflow has ended."""
    gates = places.gates(uow.connection, [workflow_id])
    if (gate := gates.get(workflow_id)) and gate.is_of_owner:
        gates = places.gates_of_owner(uow.connection, gate.owner_id, _held_workflows(uow))
    return _wake(uow, gates.values(), at)


def wake_all_limited(uow: UnitOfWork, at: datetime) -> int:
    """Ring for as many held runs as there is room for; return how many."""
    workflows = _held_workflows(uow)
    return _wake(uow, places.gates(uow.connection, workflows).values(), at) if workflows else 0


def _held_workflows(uow: UnitOfWork) -> set[str]:
    return set(uow.execute(select(Execution.workflow_id).where(*_HELD).distinct()).scalars())


def _wake(uow: UnitOfWork, gates: Collection[Gate], at: datetime) -> int:
    """Go round the workflows, one run of each at a time, until nobody has room."""
    taken, rung = Places(uow.connection, gates, at), 0
    lines = deque(_line(uow, gate, taken) for gate in gates)
    while lines and rung < _MOST_WOKEN:
        line = lines.popleft()
        run = next(line, None)
        held_by = taken.take(run) if run is not None else None
        if run is not None and held_by is None:
            # It has stood in line before, so it does not go to the end of those queued since.
            uow.ring(run.id, f"{run.workflow_id} held", run.priority)
            rung += 1
        if run is not None and held_by in _GOES_ON:
            lines.append(line)
    return rung


def _line(uow: UnitOfWork, gate: Gate, taken: Places) -> Iterator[Row[Any]]:
    """Read the held runs of a workflow, oldest first, without those that surely have no place."""
    waiting = select(
        Execution.id, Execution.workflow_id, Execution.concurrency_key, Execution.parent_id,
        Execution.priority, Execution.queued_at,
    ).where(*_HELD, Execution.workflow_id == gate.workflow_id)
    here, some = tuple_(Execution.queued_at, Execution.id), list[Row[Any]]()
    while not some or len(some) == _BATCH:
        statement = waiting
        if full := taken.full_keys(gate):
            key = Execution.concurrency_key
            statement = statement.where(or_(key.is_(None), key.not_in(full)))
        if taken.is_full_for_owner(gate):
            statement = statement.where(Execution.parent_id.is_not(None))
        if some:
            last = some[-1]
            statement = statement.where(here > tuple_(literal(last.queued_at), literal(last.id)))
        some = list(uow.execute(statement.order_by(Execution.queued_at, Execution.id).limit(_BATCH)))
        yield from some
        if not some:
            return
