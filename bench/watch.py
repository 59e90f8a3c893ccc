"""Looking at runs from outside: both sides keep them in a table called `executions`."""

import time
from datetime import UTC, datetime

from sqlalchemy import column, func, select, table, text

from engine.db import Database
from engine.prepared import Prepared

_COUNT = Prepared(select(func.count().label("runs")).select_from(table("executions"))
                  .where(column("status") == "completed"))
_LAST = {name: text(f"SELECT max({name}) FROM executions") for name in ("started_at", "completed_at")}


class Watch:
    """Sees what is committed, and asks seldom enough not to be in the way."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def completed(self) -> int:
        with self._database.reading() as connection:
            (found,) = _COUNT.all(connection, {})
        return int(found.runs)

    def last(self, moment: str) -> float:
        """When the last run started or completed, in seconds of the wall clock."""
        with self._database.reading() as connection:
            value = connection.execute(_LAST[moment]).scalar_one()
        if isinstance(value, int):
            return value / 1000
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()

    def wait(self, completed: int, *, every: float = 0.1, seconds: float = 300) -> float:
        """Wait until so many runs have completed; return when that was seen."""
        deadline = time.monotonic() + seconds
        while self.completed() < completed:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.completed()} of {completed} runs completed in {seconds} s")
            time.sleep(every)
        return time.time()
