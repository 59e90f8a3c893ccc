"""The peer of the benches: BullMQ with the two queues of seed 004, one row written per transition."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import DateTime, Integer, bindparam, column

from bench import installing
from bench.watch import Watch
from commands.children import die_with_parent
from engine.db import Database

_FOLDER = Path(__file__).resolve().parent


class Setting(NamedTuple):
    """How many processes it has, and how many runs each of their workers takes at once."""

    processes: int
    concurrency: int


SEEDS_OWN, GENEROUS = Setting(1, 5), Setting(2, 10)
SETTINGS = [Setting(processes, concurrency) for processes in (1, 2) for concurrency in (5, 10, 20, 50)]


class SeedStack:
    """Queues runs through a client that would be the web process."""

    name = "seed stack"

    def __init__(self, client: "subprocess.Popen[str]", watch: Watch) -> None:
        self._client = client
        self.watch = watch

    def queue(self, runs: int) -> float:
        """Queue so many runs and return when the first was begun to be queued."""
        return self.say(f"add {runs}") / 1000

    def say(self, line: str) -> float:
        """Have the client do something; return when it began, in milliseconds."""
        assert self._client.stdin and self._client.stdout
        self._client.stdin.write(line + "\n")
        self._client.stdin.flush()
        return float(self._client.stdout.readline())


@contextmanager
def running(
    database_url: str, redis_url: str, setting: Setting, *, synchronous: str = "FULL", create: bool = True
) -> Iterator[SeedStack]:
    """Start its processes; the tables are made unless `create` says that they are there."""
    environ = {
        **os.environ, "DATABASE_URL": database_url, "REDIS_SOCKET": redis_url.removeprefix("unix://"),
        "SYNCHRONOUS": synchronous, "CONCURRENCY": str(setting.concurrency), "NODE_ENV": "production",
        "NODE_PATH": str(installing.npm("seed_stack", _FOLDER)),
    }
    database = Database(database_url, synchronous)
    started = [_start("client.js", environ)]
    try:
        stack = SeedStack(started[0], _watch(database))
        if create:
            stack.say("create")
        started += [_start("worker.js", environ) for _ in range(setting.processes)]
        for process in started[1:]:
            assert process.stdout and process.stdout.readline() == "ready\n", "a worker did not start"
        yield stack
    finally:
        for process in started:
            process.kill()
            process.wait()
        database.close()


def _watch(database: Database) -> Watch:
    """Look at a run through the index over version and time; SQLite keeps milliseconds."""
    kind: Any = Integer if database.is_sqlite else DateTime(timezone=True)
    queued = (column("workflow_version_id") == "version-1") & (
        column("created_at") >= bindparam("since", type_=kind))

    def moment(since: float) -> Any:
        milliseconds = int(since * 1000)
        return milliseconds if database.is_sqlite else datetime.fromtimestamp(milliseconds / 1000, UTC)

    return Watch(database, queued, moment)


def _start(program: str, environ: dict[str, str]) -> "subprocess.Popen[str]":
    parent = os.getpid()
    return subprocess.Popen(
        ["node", str(_FOLDER / program)], env=environ, text=True, preexec_fn=lambda: die_with_parent(parent),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
