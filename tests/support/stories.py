"""Short ways to bring a database into a state a test can start from."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from engine.db import Database, UnitOfWork
from engine.domain.ids import new_id
from engine.models import Execution, ExecutionLog, ExecutionStep, User, Workflow, WorkflowVersion
from engine.runner import Means, Plans, Runner
from engine.services.runs import executions
from engine.steps import registry
from engine.steps._base import NetworkPolicy, StepType

NOTE = {"key": "note", "name": "Note", "type": "write_log", "with": {"message": "hello"}}


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def pass_time(self, **amount: float) -> datetime:
        self.at += timedelta(**amount)
        return self.at


def add_user(database: Database, at: datetime, email: str = "ann@example.org", role: str = "admin") -> str:
    user_id = new_id(at)
    with database.transaction() as uow:
        uow.execute(insert(User).values(
            id=user_id, email=email, name=email.partition("@")[0].title(), password_hash="!", role=role,
            timezone="Europe/Berlin", created_at=at,
        ))
    return user_id


def add_live_workflow(
    database: Database, at: datetime, steps: Sequence[Mapping[str, Any]], *, name: str = "Report",
    owner_id: str | None = None, **columns: Any,
) -> str:
    """Add a workflow that is on, with `steps` as its live version 1."""
    owner_id = owner_id or add_user(database, at, f"{new_id(at)}@example.org")
    workflow_id, version_id = new_id(at), new_id(at)
    with database.transaction() as uow:
        uow.execute(insert(Workflow).values(
            id=workflow_id, owner_id=owner_id, slug=workflow_id, name=name, state="on",
            live_version_id=version_id, draft=list(steps), created_at=at, updated_at=at, **columns,
        ))
        uow.execute(insert(WorkflowVersion).values(
            id=version_id, workflow_id=workflow_id, number=1, definition={"steps": list(steps)},
            created_by=owner_id, created_at=at,
        ))
    return workflow_id


@dataclass
class Engine:
    """A worker without a queue: what rings is run when the test says so."""

    database: Database
    clock: Clock
    steps: Mapping[str, StepType[Any]] = field(default_factory=registry)
    owner: str = "worker-1"
    lease: timedelta = timedelta(seconds=15)

    def __post_init__(self) -> None:
        self.means = Means(
            write=self._write, plans=Plans(self.database, self.steps), in_thread=asyncio.to_thread,
            owner=self.owner, lease=self.lease, now=self.clock.now, network=NetworkPolicy(("127.0.0.1",)),
        )
        self.runner = Runner(self.means, self.database)

    async def _write(self, work: Any, item: Any, *, durable: bool = True) -> Any:
        return self.database.run(lambda uow: work(uow, [item])[0])

    def advance(self, execution_id: str) -> None:
        """Do what a worker does when a run is rung for."""
        asyncio.run(self.runner.advance(execution_id))

    def without_steps(self) -> "Engine":
        """A worker that knows no type of step: whatever it runs fails."""
        return Engine(self.database, self.clock, {}, owner="worker-of-another-time")

    def start(self, workflow_id: str, **given: Any) -> str:
        return self.do(lambda uow: executions.start(
            uow, workflow_id, started_by="manual", at=self.clock.at, given=given
        ))

    def run(self, workflow_id: str, **given: Any) -> Any:
        """Start a run, advance it once and return its row."""
        execution_id = self.start(workflow_id, **given)
        self.advance(execution_id)
        return self.execution(execution_id)

    def do(self, work: Callable[[UnitOfWork], Any]) -> Any:
        return self.database.run(work)

    def execution(self, execution_id: str) -> Any:
        with self.database.reading() as connection:
            return connection.execute(
                select(*Execution.__table__.columns).where(Execution.id == execution_id)
            ).one()

    def step_rows(self, execution_id: str) -> dict[str, Any]:
        with self.database.reading() as connection:
            rows = connection.execute(
                select(*ExecutionStep.__table__.columns)
                .where(ExecutionStep.execution_id == execution_id)
            ).all()
        return {row.step_key: row for row in rows}

    def positions(self, execution_id: str, step_key: str) -> Sequence[Any]:
        """Return the rows of a step inside a loop."""
        with self.database.reading() as connection:
            return connection.execute(
                select(*ExecutionStep.__table__.columns)
                .where(ExecutionStep.execution_id == execution_id, ExecutionStep.step_key == step_key)
            ).all()

    def log_events(self, execution_id: str) -> list[str]:
        return [line.event for line in self.log_lines(execution_id) if line.event]

    def log_lines(self, execution_id: str) -> Sequence[Any]:
        with self.database.reading() as connection:
            return connection.execute(
                select(*ExecutionLog.__table__.columns).where(ExecutionLog.execution_id == execution_id)
                .order_by(ExecutionLog.id)
            ).all()
