"""How many runs go on under which limits, counted from live rows, so no place can leak.

Dry runs need no place and take none.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from engine.domain.runs.holds import A_MINUTE, AT_ONCE, OWNER_A_MINUTE, OWNER_AT_ONCE, PER_KEY
from engine.domain.runs.states import RUNNING, WAITING
from engine.models import IS_LIVE, Execution, User, Workflow

MINUTE: Final = timedelta(minutes=1)
GOING: Final = (IS_LIVE, Execution.status.in_((RUNNING, WAITING)), Execution.dry_run.is_(False))


@dataclass(frozen=True)
class Gate:
    """The limits of a workflow and of its owner; None means no limit. `template` makes the keys."""

    workflow_id: str
    owner_id: str
    owner_name: str
    at_once: int | None
    a_minute: int | None
    template: str | None
    per_key: int | None
    owner_at_once: int | None
    owner_a_minute: int | None

    @property
    def is_of_owner(self) -> bool:
        """Whether the owner's other workflows share these places."""
        return self.owner_at_once is not None or self.owner_a_minute is not None


def is_limited() -> ColumnElement[bool]:
    """Return whether the workflow of a statement, or its owner, has any limit."""
    of_owner = select(User.id).where(User.id == Workflow.owner_id, _owner_is_limited()).correlate(Workflow)
    return or_(
        Workflow.max_concurrent.is_not(None), Workflow.rate_per_minute.is_not(None),
        Workflow.concurrency_key.is_not(None), of_owner.exists(),
    )


def gates(connection: Connection, workflow_ids: Collection[str], *, lock: bool = False) -> dict[str, Gate]:
    """Return the limits of these workflows; `lock` lets nobody else count under them until the commit."""
    statement = _gates().where(Workflow.id.in_(workflow_ids)).order_by(Workflow.id)
    rows = connection.execute(statement.with_for_update(key_share=True) if lock else statement)
    return {row.id: _gate(row) for row in rows}


def gates_of_owner(connection: Connection, owner_id: str, workflow_ids: Collection[str]) -> dict[str, Gate]:
    """Return the limits of those of these workflows that belong to this person."""
    mine = (Workflow.owner_id == owner_id, Workflow.id.in_(workflow_ids))
    return {row.id: _gate(row) for row in connection.execute(_gates().where(*mine))}


class Places:
    """The places taken now under some gates; what is let in through `take` is counted at once."""

    def __init__(self, connection: Connection, limits: Collection[Gate], at: datetime) -> None:
        self._connection, self._since = connection, at - MINUTE
        self._gates = {gate.workflow_id: gate for gate in limits}
        self._taken: Counter[Any] = Counter()
        self._count_keys([gate.workflow_id for gate in limits if gate.at_once or gate.per_key])
        self._count_owners({gate.owner_id for gate in limits if gate.owner_at_once})
        for gate in limits:
            self._count_starts(gate)

    def hold(self, run: Row[Any]) -> str | None:
        """Return which limit holds this run back, if any."""
        wanted = _places(self._gates[run.workflow_id], run)
        return next((limit for limit, place, most in wanted if self._taken[limit, place] >= most), None)

    def take(self, run: Row[Any]) -> str | None:
        """Give the run a place under every limit, or return the one that has none."""
        held = self.hold(run)
        if held is None:
            wanted = _places(self._gates[run.workflow_id], run)
            self._taken.update((limit, place) for limit, place, _ in wanted)
        return held

    def going(self, gate: Gate) -> int:
        return self._taken[AT_ONCE, gate.workflow_id]

    def going_of_owner(self, gate: Gate) -> int:
        return self._taken[OWNER_AT_ONCE, gate.owner_id]

    def full_keys(self, gate: Gate) -> list[str]:
        """Return what no further run may share now."""
        if not gate.per_key:
            return []
        return [place[1] for (limit, place), number in self._taken.items()
                if limit == PER_KEY and place[0] == gate.workflow_id and number >= gate.per_key]

    def is_full_for_owner(self, gate: Gate) -> bool:
        """Whether only runs that another one waits for may go."""
        most = gate.owner_at_once
        return most is not None and self._taken[OWNER_AT_ONCE, gate.owner_id] >= most

    def _count_keys(self, workflow_ids: Collection[str]) -> None:
        if not workflow_ids:
            return
        for workflow_id, key, number in self._connection.execute(
            select(Execution.workflow_id, Execution.concurrency_key, func.count())
            .where(*GOING, Execution.workflow_id.in_(workflow_ids))
            .group_by(Execution.workflow_id, Execution.concurrency_key)
        ):
            self._taken[AT_ONCE, workflow_id] += number
            self._taken[PER_KEY, (workflow_id, key)] = number

    def _count_owners(self, owner_ids: Collection[str]) -> None:
        if not owner_ids:
            return
        for owner_id, number in self._connection.execute(
            select(Workflow.owner_id, func.count()).join(Execution, Execution.workflow_id == Workflow.id)
            .where(*GOING, Execution.parent_id.is_(None), Workflow.owner_id.in_(owner_ids))
            .group_by(Workflow.owner_id)
        ):
            self._taken[OWNER_AT_ONCE, owner_id] = number

    def _count_starts(self, gate: Gate) -> None:
        for limit, place, most, of_gate in _rates(gate):
            if (limit, place) not in self._taken:
                some = started(of_gate).where(Execution.started_at > self._since).limit(most).subquery()
                counted = self._connection.execute(select(func.count()).select_from(some)).scalar_one()
                self._taken[limit, place] = counted


def started(of_gate: ColumnElement[bool]) -> Select[Any]:
    """Return when runs of a workflow, or of an owner's workflows, started."""
    return select(Execution.started_at).where(
        Execution.started_at.is_not(None), Execution.dry_run.is_(False), of_gate
    )


def _places(gate: Gate, run: Row[Any]) -> list[tuple[str, Any, int]]:
    """The places a run needs: the limit, what it is a limit of, and how many there are.

    A run that another one started waits for no place of its owner: the other one holds one, and waits for it.
    """
    wanted = [
        (AT_ONCE, gate.workflow_id, gate.at_once),
        (PER_KEY, (gate.workflow_id, run.concurrency_key), gate.per_key if run.concurrency_key else None),
        (OWNER_AT_ONCE, gate.owner_id, None if run.parent_id else gate.owner_at_once),
        (A_MINUTE, gate.workflow_id, gate.a_minute),
        (OWNER_A_MINUTE, gate.owner_id, gate.owner_a_minute),
    ]
    return [(limit, place, most) for limit, place, most in wanted if most is not None]


def _rates(gate: Gate) -> list[tuple[str, str, int, ColumnElement[bool]]]:
    own = select(Workflow.id).where(Workflow.owner_id == gate.owner_id)
    wanted = [
        (A_MINUTE, gate.workflow_id, gate.a_minute, Execution.workflow_id == gate.workflow_id),
        (OWNER_A_MINUTE, gate.owner_id, gate.owner_a_minute, Execution.workflow_id.in_(own)),
    ]
    return [(limit, place, most, of_gate) for limit, place, most, of_gate in wanted if most is not None]


def _owner_is_limited() -> ColumnElement[bool]:
    return or_(User.max_concurrent.is_not(None), User.rate_per_minute.is_not(None))


def _gates() -> Any:
    return select(
        Workflow.id, Workflow.owner_id, User.name, Workflow.max_concurrent, Workflow.rate_per_minute,
        Workflow.concurrency_key, Workflow.max_per_key, User.max_concurrent.label("owner_at_once"),
        User.rate_per_minute.label("owner_a_minute"),
    ).join(User, User.id == Workflow.owner_id)


def _gate(row: Row[Any]) -> Gate:
    per_key = (row.max_per_key or 1) if row.concurrency_key else None
    return Gate(row.id, row.owner_id, row.name, row.max_concurrent, row.rate_per_minute, row.concurrency_key,
                per_key, row.owner_at_once, row.owner_a_minute)
