"""Looking at runs from outside: both sides keep them in a table called `executions`."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, column, func, select, table, text

from engine.db import Database
from engine.prepared import Prepared

_COMPLETED = (select(func.count().label("runs")).select_from(table("executions"))
              .where(column("status") == "completed"))
_COUNT = Prepared(_COMPLETED)
_SECONDS = 300
_LAST = {name: text(f"SELECT max({name}) FROM executions") for name in ("started_at", "completed_at")}


class Watch:
    """Sees what is committed, and asks seldom enough not to be in the way.

    `queued` finds the runs queued at the moment `since` or later by an index, so that a look costs the same
    however many runs there were; `moment` turns seconds of the wall clock into what the column holds.
    """

    def __init__(
        self, database: Database, queued: ColumnElement[bool], moment: Callable[[float], Any]
    ) -> None:
        self._database, self._moment = database, moment
        self._count_since = Prepared(_COMPLETED.where(queued))

    def completed(self) -> int:
        return self._count(_COUNT, {})

    def see(self, since: float) -> float:
        """Wait until a run queued `since` then has completed; return when that was seen."""
        given = {"since": self._moment(since)}
        self._wait(lambda: bool(self._count(self._count_since, given)), every=0.0005)
        return time.time()

    def last(self, moment: str) -> float:
        """When the last run started or completed, in seconds of the wall clock."""
        with self._database.reading() as connection:
            value = connection.execute(_LAST[moment]).scalar_one()
        if isinstance(value, int):
            return value / 1000
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()

    def wait(self, completed: int) -> None:
        """Wait until so many runs have completed."""
        self._wait(lambda: self.completed() >= completed, every=0.1)

    def _wait(self, is_so: Callable[[], bool], every: float) -> None:
        deadline = time.monotonic() + _SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.completed()} runs completed, the next did not in {_SECONDS} s")
            time.sleep(every)

    def _count(self, statement: Prepared, given: Mapping[str, Any]) -> int:
        with self._database.reading() as connection:
            (found,) = statement.all(connection, given)
        return int(found.runs)
