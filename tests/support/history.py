"""Ways to fill a history and to look at what is kept of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.domain.workflows.retention import Day
from engine.models import Execution
from engine.queries.server import retention as queries
from engine.queries.server.retention import Plan
from engine.services.server import retention, stored
from tests.support.stories import Engine


def tidy(engine: Engine) -> None:
    """Let everything be done that has to be done now."""
    for _ in range(20):
        plan = planned(engine)
        if not plan:
            return
        while plan:
            plan = carried_out(engine, plan)
    raise AssertionError(f"it never ends: {plan}")


def planned(engine: Engine) -> Plan:
    with engine.database.reading() as connection:
        return queries.plan(connection, engine.clock.at)


def measured_plan(engine: Engine) -> Plan:
    engine.do(stored.measure)
    return planned(engine)


def carried_out(engine: Engine, plan: Plan) -> Any:
    """Do one batch and return the rest."""
    return engine.do(lambda uow: retention.carry_out(uow, plan, engine.clock.at))


def kept(engine: Engine) -> dict[str, datetime | None]:
    """The runs there are, with when each lost its data."""
    with engine.database.reading() as connection:
        rows = connection.execute(select(Execution.id, Execution.trimmed_at))
        return {row.id: row.trimmed_at for row in rows}


def metered(engine: Engine, workflow_id: str) -> list[Day]:
    with engine.database.reading() as connection:
        return queries.days_of(connection)[workflow_id]
