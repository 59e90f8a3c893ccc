"""Runs that ask for a place under the limits of their workflow, and what they are told."""

from typing import Any

from sqlalchemy import select, update

from engine.db import UnitOfWork
from engine.models import Execution
from engine.services.runs import admission, executions
from tests.services.conftest import NOTE
from tests.support.stories import Engine, add_live_workflow


def make(engine: Engine, **columns: Any) -> str:
    return add_live_workflow(engine.database, engine.clock.at, NOTE, **columns)


def start(engine: Engine, workflow_id: str, **given: Any) -> str:
    """Queue a run a moment after the one before it."""
    engine.clock.pass_time(milliseconds=1)
    return engine.start(workflow_id, **given)


def asking(uow: UnitOfWork, ids: list[str]) -> list[Any]:
    rows = select(*Execution.__table__.columns).where(Execution.id.in_(ids)).order_by(Execution.id)
    return list(uow.execute(rows))


def let_in(engine: Engine, *ids: str) -> list[bool]:
    """Which of these runs may start when they ask together, in one transaction."""
    held: set[str] = engine.do(lambda uow: admission.held(uow, asking(uow, list(ids)), engine.clock.at))
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id.in_(held)).values(reason=admission.LIMIT)))
    engine.do(lambda uow: uow.execute(
        update(Execution).where(Execution.id.in_(set(ids) - held))
        .values(status="running", started_at=engine.clock.at)))
    return [execution_id not in held for execution_id in ids]


def rung_by(engine: Engine, work: Any) -> list[str]:
    rung: list[str] = []
    engine.database.listen(lambda news: rung.extend(ring.subject for ring in news.rings))
    engine.do(work)
    return rung


def stop(engine: Engine, execution_id: str) -> None:
    engine.do(lambda uow: executions.cancel(uow, execution_id, by="Ann", at=engine.clock.at))
