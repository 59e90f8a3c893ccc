"""The storage meter: what each workflow keeps, and what a rule would free."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from engine.domain.runs.states import ARCHIVED
from engine.domain.workflows.retention import Day, Effect, Keep, removals
from engine.models import Workflow
from engine.queries.server.retention import days_of, usual


@dataclass(frozen=True)
class Stored:
    """What is kept of one workflow's history; `own` is what it says itself about that."""

    workflow_id: str
    slug: str
    name: str
    is_deleted: bool
    own: dict[str, int]
    days: list[Day]

    @property
    def runs(self) -> int:
        return sum(day.runs for day in self.days)

    @property
    def failures(self) -> int:
        return sum(day.runs for day in self.days if day.failed)

    @property
    def bytes(self) -> int:
        return sum(day.bytes for day in self.days)


def meter(connection: Connection, visible: ColumnElement[bool]) -> list[Stored]:
    """Return what is kept by workflow, the largest first; workflows without history are left out."""
    days = days_of(connection, visible)
    rows = connection.execute(
        select(Workflow.id, Workflow.slug, Workflow.name, Workflow.state, Workflow.retention)
        .where(visible, Workflow.id.in_(days))
    )
    found = [
        Stored(row.id, row.slug, row.name, row.state == ARCHIVED, row.retention or {}, days[row.id])
        for row in rows
    ]
    return sorted(found, key=lambda stored: (-stored.bytes, stored.name))


def of_workflow(connection: Connection, workflow_id: str) -> Stored | None:
    """Return what is kept of one workflow; None when it has no ended run yet."""
    return next(iter(meter(connection, Workflow.id == workflow_id)), None)


def rehearse(stored: Iterable[Stored], general: Keep, at: datetime) -> Effect:
    """Return what would go at once if `general` were the installation's rule."""
    return Effect.of(
        removal for one in stored for removal in removals(general.but(one.own), one.days, at)
    )


def rehearse_one(connection: Connection, workflow_id: str, own: Mapping[str, int], at: datetime) -> Effect:
    """Return what would go at once if this workflow said this itself."""
    stored = of_workflow(connection, workflow_id)
    rule = usual(connection).but(own)
    return Effect.of(removals(rule, stored.days if stored else (), at))
