"""Shared blackouts as lists and forms need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from engine.domain.errors import NotFound
from engine.models import Blackout, User, Workflow


@dataclass(frozen=True)
class Shown:
    """A blackout and those of its workflows the reader may see, by name; None: it is for all there are."""

    row: Row[Any]
    workflows: Sequence[Row[Any]] | None

    @property
    def is_seen(self) -> bool:
        return self.workflows is None or bool(self.workflows)


def since(connection: Connection, visible: ColumnElement[bool], at: datetime) -> list[Shown]:
    """Return the blackouts that end after `at` and concern the reader, the first to come on top."""
    rows = connection.execute(
        _rows().where(Blackout.ends_at > at).order_by(Blackout.starts_at, Blackout.id)
    ).all()
    return [shown for shown in _shown(connection, visible, rows) if shown.is_seen]


def by_id(connection: Connection, visible: ColumnElement[bool], blackout_id: str) -> Shown:
    """Return one blackout; raises `NotFound`, also for one that only concerns what can't be seen."""
    rows = connection.execute(_rows().where(Blackout.id == blackout_id)).all()
    found = [shown for shown in _shown(connection, visible, rows) if shown.is_seen]
    if not found:
        raise NotFound("There is no such blackout.")
    return found[0]


def _rows() -> Any:
    return select(*Blackout.__table__.columns, User.name.label("by")).outerjoin(
        User, User.id == Blackout.created_by)


def _shown(connection: Connection, visible: ColumnElement[bool], rows: Sequence[Row[Any]]) -> list[Shown]:
    ids = {workflow_id for row in rows for workflow_id in row.workflow_ids or ()}
    named: dict[str, Any] = {}
    if ids:
        seen = select(Workflow.id, Workflow.name, Workflow.slug).where(visible, Workflow.id.in_(ids))
        named = {workflow.id: workflow for workflow in connection.execute(seen)}
    return [Shown(row, None if row.workflow_ids is None else
                  [named[one] for one in row.workflow_ids if one in named]) for row in rows]
