"""Why runs that are held back have not started: asked of the database as it is now, never stored."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from engine.domain.runs import holds
from engine.domain.runs.holds import Hold, Holder
from engine.domain.runs.states import PENDING
from engine.domain.workflows.limits import key_in_words
from engine.models import IS_LIVE, Execution, Workflow
from engine.queries.keyset import older
from engine.queries.runs import braked, places
from engine.queries.runs.places import Gate, Places
from engine.queries.server import brake

_LIMIT: Final = "limit"
_NAMED: Final = 5


def of(connection: Connection, runs: Iterable[Row[Any]], at: datetime) -> dict[str, Hold]:
    """Return what each of these runs waits for, by its id; runs that nothing holds back are left out."""
    runs = [run for run in runs if run.status == PENDING]
    found = _braked(connection, runs, at)
    return found | _limited(connection, [run for run in runs if run.id not in found], at)


def _braked(connection: Connection, runs: Collection[Row[Any]], at: datetime) -> dict[str, Hold]:
    """Return those the brake has stopped, and those it will stop once their limit lets them go."""
    held = [run.id for run in runs if run.reason == brake.HELD]
    limited = [run.id for run in runs if run.reason == _LIMIT]
    pulled = brake.current(connection) if held or limited else None
    if pulled is None or not pulled.holds(at):
        return dict.fromkeys(held, Hold(holds.NONE))
    unattended = select(Execution.id).where(Execution.id.in_(limited), braked.is_unattended())
    caught = connection.execute(unattended).scalars() if limited else ()
    return dict.fromkeys([*held, *caught], Hold(holds.BRAKE, subject=pulled.reason))


def _limited(connection: Connection, runs: Collection[Row[Any]], at: datetime) -> dict[str, Hold]:
    held = [run for run in runs if run.reason == _LIMIT]
    if not held:
        return {}
    gates = places.gates(connection, {run.workflow_id for run in held})
    taken, holders = Places(connection, gates.values(), at), _Holders(connection)
    return {run.id: _hold(connection, run, gates[run.workflow_id], taken, holders) for run in held}


def may_be_behind(connection: Connection, execution_id: str) -> str | None:
    """Return the workflow whose other runs this one may have to wait for; None when it waits for nobody."""
    return connection.execute(
        select(Workflow.id).join(Execution, Execution.workflow_id == Workflow.id)
        .where(Execution.id == execution_id, Execution.status == PENDING, places.is_limited())
    ).scalar_one_or_none()


def newest(connection: Connection, workflow_ids: Collection[str], limit: int) -> list[str]:
    """Return the ids of the last runs of these workflows to get in line."""
    return list(connection.execute(
        select(Execution.id)
        .where(IS_LIVE, Execution.status == PENDING, Execution.reason == _LIMIT,
               Execution.workflow_id.in_(workflow_ids))
        .order_by(Execution.queued_at.desc(), Execution.id.desc()).limit(limit)
    ).scalars())


def _hold(connection: Connection, run: Row[Any], gate: Gate, taken: Places, holders: "_Holders") -> Hold:
    match taken.hold(run):
        case holds.AT_ONCE:
            ahead = taken.going(gate) + _in_line_before(connection, run)
            return Hold(holds.AT_ONCE, gate.at_once or 0, ahead, holders=holders.of_workflow(gate))
        case holds.PER_KEY:
            shared = key_in_words(gate.template, run.concurrency_key)
            return Hold(holds.PER_KEY, gate.per_key or 0, gate.per_key or 0, shared,
                        holders=holders.of_key(gate, run.concurrency_key))
        case holds.OWNER_AT_ONCE:
            return Hold(holds.OWNER_AT_ONCE, gate.owner_at_once or 0, taken.going_of_owner(gate),
                        gate.owner_name, holders=holders.of_owner(gate))
        case holds.A_MINUTE:
            of_gate = Execution.workflow_id == gate.workflow_id
            hold = Hold(holds.A_MINUTE, gate.a_minute or 0)
            return replace(hold, free_at=_next_place(connection, of_gate, hold.most))
        case holds.OWNER_A_MINUTE:
            own = select(Workflow.id).where(Workflow.owner_id == gate.owner_id)
            hold = Hold(holds.OWNER_A_MINUTE, gate.owner_a_minute or 0, subject=gate.owner_name)
            return replace(hold, free_at=_next_place(connection, Execution.workflow_id.in_(own), hold.most))
    return Hold(holds.NONE)


class _Holders:
    """The first runs that have the places, those that began first in front; asked for once, however many runs
    wait for them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found: dict[tuple[str | None, ...], tuple[Holder, ...]] = {}

    def of_workflow(self, gate: Gate) -> tuple[Holder, ...]:
        return self._of((holds.AT_ONCE, gate.workflow_id), Execution.workflow_id == gate.workflow_id)

    def of_key(self, gate: Gate, key: str | None) -> tuple[Holder, ...]:
        shared = and_(Execution.workflow_id == gate.workflow_id, Execution.concurrency_key == key)
        return self._of((holds.PER_KEY, gate.workflow_id, key), shared)

    def of_owner(self, gate: Gate) -> tuple[Holder, ...]:
        own = and_(Execution.parent_id.is_(None), Workflow.owner_id == gate.owner_id)
        return self._of((holds.OWNER_AT_ONCE, gate.owner_id), own)

    def _of(self, line: tuple[str | None, ...], in_place: ColumnElement[bool]) -> tuple[Holder, ...]:
        if line not in self._found:
            rows = self._connection.execute(
                select(Execution.id, Workflow.name, Execution.status, Execution.reason)
                .join(Workflow, Workflow.id == Execution.workflow_id).where(*places.GOING, in_place)
                .order_by(Execution.started_at, Execution.id).limit(_NAMED)
            )
            self._found[line] = tuple(Holder(*row) for row in rows)
        return self._found[line]


def _in_line_before(connection: Connection, run: Row[Any]) -> int:
    before = select(Execution.id).where(
        IS_LIVE, Execution.status == PENDING, Execution.workflow_id == run.workflow_id,
        older(Execution.queued_at, Execution.id, (run.queued_at, run.id)),
    ).limit(holds.MOST_COUNTED).subquery()
    return int(connection.execute(select(func.count()).select_from(before)).scalar_one())


def _next_place(connection: Connection, of_gate: Any, most: int) -> datetime | None:
    """Return when the oldest of the last `most` starts is a minute old."""
    latest = places.started(of_gate).order_by(Execution.started_at.desc()).offset(most - 1).limit(1)
    oldest: datetime | None = connection.execute(latest).scalar_one_or_none()
    return oldest + places.MINUTE if oldest else None
