"""What is kept of the history, by which rule, and what has to go now. Nothing here counts the history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, exists, literal, select

from engine.domain.workflows.retention import Day, Keep, Removal, removals
from engine.models import Execution, Occurrence, Setting, Statistic, StoredDay, Workflow
from engine.queries.server import disk

NAME: Final = "retention"
# Counters of ended runs are small; a year and a bit lets one compare with last year.
_COUNTERS: Final = timedelta(days=400)


@dataclass(frozen=True)
class Plan:
    """What has to be done now. `planned` and `counters` name workflows with rows older than a moment."""

    removals: tuple[Removal, ...] = ()
    planned: tuple[tuple[str, datetime], ...] = ()
    counters: tuple[tuple[str, datetime], ...] = ()
    pages: int = 0
    unmeasured: bool = False

    def __bool__(self) -> bool:
        return bool(self.removals or self.planned or self.counters or self.pages or self.unmeasured)


def plan(connection: Connection, at: datetime) -> Plan:
    """Return everything that has to go now, of all workflows."""
    general, own = usual(connection), _own_rules(connection)
    found: list[Removal] = []
    for workflow_id, days in days_of(connection).items():
        found += removals(general.but(own.get(workflow_id, {})), days, at)
    return Plan(
        tuple(found),
        planned=tuple(_with_old_times(connection, general, own, at)),
        counters=tuple(_older(connection, Statistic, Statistic.at, at - _COUNTERS)),
        pages=disk.pages_to_give_back(connection), unmeasured=_is_unmeasured(connection),
    )


def usual(connection: Connection) -> Keep:
    """Return the installation's rule."""
    return Keep().but(own_of_installation(connection))


def own_of_installation(connection: Connection) -> dict[str, int]:
    """Return where the installation's rule differs from how Carillon comes."""
    value = connection.execute(select(Setting.value).where(Setting.name == NAME)).scalar_one_or_none()
    return dict(value or {})


def days_of(connection: Connection, visible: ColumnElement[bool] | None = None) -> dict[str, list[Day]]:
    """Return what is kept, by workflow; `visible` is a condition on workflows, None means all."""
    statement = select(*(StoredDay.__table__.c[name] for name in Day._fields))
    if visible is not None:
        statement = statement.join(Workflow, Workflow.id == StoredDay.workflow_id).where(visible)
    found: defaultdict[str, list[Day]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.workflow_id].append(Day(*row))
    return dict(found)


def _own_rules(connection: Connection) -> dict[str, dict[str, int]]:
    rows = connection.execute(select(Workflow.id, Workflow.retention).where(Workflow.retention != {}))
    return {row.id: row.retention for row in rows}


def _with_old_times(
    connection: Connection, general: Keep, own: Mapping[str, Mapping[str, int]], at: datetime
) -> Iterable[tuple[str, datetime]]:
    apart = {workflow_id for workflow_id, rule in own.items() if "planned_days" in rule}
    for found in _older(connection, Occurrence, Occurrence.scheduled_at, general.planned_before(at)):
        if found[0] not in apart:
            yield found
    for workflow_id in apart:
        before = general.but(own[workflow_id]).planned_before(at)
        mine = Workflow.id == workflow_id
        yield from _older(connection, Occurrence, Occurrence.scheduled_at, before, mine)


def _older(
    connection: Connection, model: Any, moment: Any, before: datetime, which: Any = None
) -> Iterable[tuple[str, datetime]]:
    """One look into the index per workflow, not at its rows."""
    old = exists().where(model.workflow_id == Workflow.id, moment < before)
    statement = select(Workflow.id).where(old) if which is None else select(Workflow.id).where(which, old)
    return [(workflow_id, before) for workflow_id in connection.execute(statement).scalars()]


def _is_unmeasured(connection: Connection) -> bool:
    waiting = select(literal(1)).where(Execution.stored_bytes.is_(None), Execution.completed_at.is_not(None))
    return connection.execute(waiting.limit(1)).first() is not None
