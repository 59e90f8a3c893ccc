"""P9: a tick with 1,000 due among 100,000, against the least any scheduler has to do for it.

The raw loop selects what is due, moves each row on and adds a run with the bare driver in one commit,
then puts the ids into Redis in one go. It neither reads a rule nor keeps a record of the due time.
Each rule is one of a kind, and measured new (the caches of rules are emptied before every tick) and
known (as a leader meets it every time but the first).
The leader is settled, as the process is that it lives in. Pairs take turns on the same rows.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis
from sqlalchemy import bindparam, delete, select, update

from bench import places, promises, results, seeding
from engine import clock, config, wiring
from engine.db import Database
from engine.domain import ids
from engine.models import Base, Change, Execution, Leader, Occurrence, ProducerSchedule
from engine.scheduler.leader import Leader as Candidate
from tests.support import valkey

PRODUCERS, DUE = 100_000, 1_000
ZONES = ("engine.domain.time.zones", "engine.domain.time.clock_changes")
RULES = Base.metadata.tables[ProducerSchedule.__tablename__]
ONE_RULE = update(RULES).where(RULES.c.id == bindparam("row"))


class Took(NamedTuple):
    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=places.KINDS, default="sqlite")
    parser.add_argument("--pairs", type=int, default=7)
    given = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(places.database_url(given.database))
        redis_url = stack.enter_context(valkey.running()).url
        compare(stack, url, redis_url, given.pairs)


def compare(stack: ExitStack, url: str, redis_url: str, pairs: int) -> None:
    at = clock.now()
    moment = (at + timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0)
    database = Database(url, synchronous="OFF")
    seeding.seed(database, PRODUCERS, at)
    scene = Scene(database, moment, at)
    environ = {"CARILLON_HOME": str(Path("bench/results")), "DATABASE_URL": url, "REDIS_URL": redis_url}
    parts = wiring.build(config.load(environ))
    raw = Raw(Database(url), Redis.from_url(redis_url))
    for opened in (database, parts.database, raw.database):
        stack.callback(opened.close)
    wiring.settle()
    for rules in ("new", "known"):
        ours, theirs = [], []
        for _ in range(pairs):
            scene.set(forget=rules == "new")
            ours.append(_timed(lambda: tick(parts.database, moment)))
            scene.check()
            scene.set()
            theirs.append(_timed(lambda: raw.loop(moment)))
            scene.check()
        _judge(f"{database.url.get_backend_name()}, {rules} rules", ours, theirs)


def _judge(where: str, ours: Sequence["Took"], theirs: Sequence["Took"]) -> None:
    for what in ("wall", "cpu"):
        mine, raw = ([getattr(took, what) for took in times] for times in (ours, theirs))
        results.keep(promises.DUE, results.ratio(mine, raw), f"{where}, {what} time",
                     ours=results.rounded(mine), raw=results.rounded(raw))


def tick(database: Database, moment: datetime) -> None:
    """One tick of a leader that has just come to power."""
    Candidate(database, "bench").tick(lambda: moment)


class Scene:
    """The rows that are due: each has a rule of its own, by its end date, and inputs of its own."""

    def __init__(self, database: Database, moment: datetime, at: datetime) -> None:
        self._database, self._moment = database, moment
        self._remembered = _caches_of_rules()
        far = {"next_run_at": moment + timedelta(days=400)}
        soon = RULES.c.next_run_at <= moment + timedelta(days=1)
        with database.transaction() as uow:
            uow.execute(update(RULES).where(soon).values(far))
            found = uow.execute(select(RULES.c.id).order_by(RULES.c.id).limit(DUE * 50))
            self._ids = found.scalars().all()[::50]
            documents = [seeding.stored(number, moment, at, policies={"too_late": f"{60 + number}m"})
                         for number in range(DUE)]
            uow.execute(
                ONE_RULE.values(schedule_value=bindparam("document")),
                [{"row": row, "document": document}
                 for row, document in zip(self._ids, documents, strict=True)],
            )

    def set(self, *, forget: bool = False) -> None:
        """Make the rows due, as nobody has seen them; `forget` their rules too."""
        with self._database.transaction() as uow:
            for model in (Occurrence, Execution, Change, Leader):
                uow.execute(delete(model))
            uow.execute(ONE_RULE.values(next_run_at=self._moment, state="active"),
                        [{"row": row} for row in self._ids])
        if self._database.is_sqlite:
            with self._database.reader.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        if forget:
            for cache in self._remembered:
                cache.cache_clear()

    def check(self) -> None:
        with self._database.reading() as connection:
            runs = connection.execute(select(Execution.id)).all()
            left = connection.execute(select(RULES.c.id).where(RULES.c.next_run_at <= self._moment)).all()
        assert (len(runs), len(left)) == (DUE, 0)


class Raw:
    """The loop to compare with, on the driver below our database."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self.database, self._redis = database, redis
        self._mark = "?" if database.is_sqlite else "%s"

    def loop(self, moment: datetime) -> None:
        connection = self.database.writer.raw_connection()
        cursor = connection.cursor()
        if self.database.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        at, following = self._kept(moment), self._kept(moment + timedelta(days=1))
        cursor.execute(self._sql(
            "SELECT p.id, p.workflow_id, p.trigger_id, t.inputs, w.live_version_id FROM producer_schedules p"
            " JOIN triggers t ON t.id = p.trigger_id JOIN workflows w ON w.id = p.workflow_id"
            " WHERE p.state = 'active' AND p.next_run_at <= ? ORDER BY p.next_run_at LIMIT 1000"), (at,))
        messages = {}
        for row_id, workflow_id, trigger_id, inputs, version_id in cursor.fetchall():
            run_id = ids.new_id(moment)
            given = inputs if isinstance(inputs, str) else json.dumps(inputs)
            cursor.execute(self._sql(
                "UPDATE producer_schedules SET next_run_at = ?, last_run_at = ? WHERE id = ?"),
                (following, at, row_id))
            cursor.execute(self._sql(
                "INSERT INTO executions (id, workflow_id, version_id, trigger_id, started_by, status, input,"
                " queued_at, retry_count, crash_count, lease_epoch)"
                " VALUES (?, ?, ?, ?, 'schedule', 'pending', ?, ?, 0, 0, 0)"),
                (run_id, workflow_id, version_id, trigger_id, given, at))
            messages[run_id] = 0
        connection.commit()
        connection.close()
        self._redis.zadd("raw", messages)

    def _sql(self, statement: str) -> str:
        return statement.replace("?", self._mark)

    def _kept(self, moment: datetime) -> Any:
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if self.database.is_sqlite else moment


def _caches_of_rules() -> list[Any]:
    """Find every cache of rules there is by now; what zones do is the same for all rules and stays."""
    kind = type(seeding.planned)
    return [one for one in gc.get_objects() if type(one) is kind
            and one.__module__.startswith("engine.") and one.__module__ not in ZONES]


def _timed(work: Callable[[], None]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


if __name__ == "__main__":
    main()
