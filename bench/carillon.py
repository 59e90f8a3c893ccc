"""Our side: an installation of worker processes, with runs queued and rung as the app does it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, column, func, null, select

from bench.watch import Watch
from commands import children, migrate
from engine import clock, config, wiring
from engine.domain.ids import new_id
from engine.domain.workflows.definitions import parse_document
from engine.models import Execution, ExecutionLog, ExecutionStep, Process, User, Workflow
from engine.models.base import UtcDateTime
from engine.services.due import dispatch, due_rows
from engine.services.inserts import insert
from engine.services.runs import executions
from engine.services.workflows import documents, workflows
from engine.steps import registry

WORKERS = 2
CHUNK = 500
STEPS: list[dict[str, Any]] = [
    {"key": "pick", "type": "pick_fields",
     "with": {"from": "{{ inputs.order }}", "fields": ["id", "total"]}},
    {"key": "large", "type": "only_if",
     "with": {"left": "{{ steps.pick.total }}", "is": "more_than", "right": 5}},
    {"key": "note", "type": "write_log", "with": {"message": "Order {{ steps.pick.id }}"}},
]
LOG_LINES = 6  # started, finished, a line per step and the note
_ROOT = Path(__file__).resolve().parents[1]
_OURS = ("CARILLON_", "PORT", "DATABASE_URL", "REDIS_URL", "WORKER")


class Carillon:
    """Queues runs of a workflow with three steps that do next to nothing."""

    name = "carillon"

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        migrate.upgrade(environ["DATABASE_URL"])
        self.parts = wiring.build(config.load(environ))
        self.watch = Watch(
            self.parts.database, column("queued_at") >= bindparam("since", type_=UtcDateTime),
            lambda since: datetime.fromtimestamp(since, UTC))
        self._owner_id = self._add_owner()
        self.workflow_id = self.add_workflow("Orders", [])
        self._number = 0

    def queue(self, runs: int) -> float:
        """Queue so many runs and return when the first was begun to be queued."""
        began = time.time()
        if runs == 1:
            self._start()
            return began
        for first in range(0, runs, CHUNK):
            self._queue_chunk(min(CHUNK, runs - first))
        return began

    def add_workflow(self, name: str, starts: list[dict[str, Any]]) -> str:
        """Add a workflow that is on."""
        at = clock.now()
        document = parse_document({"name": name, "starts": starts, "steps": STEPS}, registry(), at=at,
                                  timezone="UTC")
        with self.parts.database.transaction() as uow:
            workflow_id = documents.create(uow, document, owner_id=self._owner_id, at=at)
            workflows.switch(uow, workflow_id, "on", by=self._owner_id, at=at)
        return workflow_id

    def check(self) -> None:
        """Every run has completed, with all its steps and its whole log."""
        with self.parts.database.reading() as connection:
            runs = connection.execute(select(Execution.status, func.count()).group_by(Execution.status)).all()
            steps = _per_run(ExecutionStep.execution_id, ExecutionStep.status == "completed")
            lines = _per_run(ExecutionLog.execution_id, ExecutionLog.message.is_not(None))
            full = select(func.count()).select_from(steps).join(lines, lines.c.id == steps.c.id).where(
                steps.c.number == len(STEPS), lines.c.number >= LOG_LINES)
            whole = connection.execute(full).scalar_one()
        assert dict(map(tuple, runs)) == {"completed": whole}, f"{runs}, {whole} of them whole"

    def workers(self) -> int:
        """How many worker processes have said that they are there."""
        with self.parts.database.reading() as connection:
            there = select(func.count()).where(Process.kind == "worker")
            return int(connection.execute(there).scalar_one())

    def _start(self) -> None:
        """Start a run the way somebody does who asks for it."""
        given = {"order": {"id": 0, "total": 10, "note": "none"}}
        with self.parts.database.transaction() as uow:
            executions.start(uow, self.workflow_id, started_by="manual", at=clock.now(), given=given)

    def _queue_chunk(self, runs: int) -> None:
        """Queue runs together, the way a tick queues what is due."""
        at = clock.now()
        workflow = select(
            Workflow.id.label("workflow_id"), Workflow.live_version_id, Workflow.priority,
            Workflow.concurrency_key, null().label("trigger_id"),
        ).where(Workflow.id == self.workflow_id)
        with self.parts.database.transaction() as uow:
            row = uow.execute(workflow).one()
            dispatch.queue(uow, [due_rows.execution(
                row, new_id(at), new_id(at), {"order": {"id": number, "total": 10, "note": "none"}}, at,
                not_before=at, in_line=False,
            ) for number in range(runs)], at)

    def _add_owner(self) -> str:
        at = clock.now()
        owner_id = new_id(at)
        with self.parts.database.transaction() as uow:
            uow.execute(insert(uow, User).values(
                id=owner_id, email="ann@example.org", name="Ann", password_hash="!", role="admin",
                timezone="UTC", created_at=at,
            ))
        return owner_id


@contextmanager
def running(
    database_url: str, redis_url: str, home: Path, *, synchronous: str = "FULL", leads: bool = False
) -> Iterator[Carillon]:
    """Start workers, as `app.py serve` would, and a leader when there is something to schedule."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
        "CARILLON_HOME": str(home), "DATABASE_URL": database_url, "REDIS_URL": redis_url,
        "CARILLON_SYNCHRONOUS": synchronous, "TZ": "UTC",
    }
    carillon = Carillon(environ)
    commands = [[sys.executable, str(_ROOT / "worker.py")]] * WORKERS
    if leads:
        commands.append([sys.executable, "-m", "engine.scheduler"])
    started = [children.start(command, environ) for command in commands]
    try:
        _wait_for_workers(carillon, started)
        yield carillon
    finally:
        _stop(started)
        carillon.parts.database.close()


def _wait_for_workers(carillon: Carillon, started: list["subprocess.Popen[bytes]"]) -> None:
    while carillon.workers() < WORKERS:
        assert all(process.poll() is None for process in started), "a process has ended"
        time.sleep(0.1)


def _stop(started: list["subprocess.Popen[bytes]"]) -> None:
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=60)


def _per_run(column: Any, counted: Any) -> Any:
    return select(column.label("id"), func.count().label("number")).where(counted).group_by(column).subquery()
