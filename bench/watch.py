"""Looking at runs from outside: both sides keep them in a table called `executions`."""

import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from engine.db import Database

_COUNT = text("SELECT count(*) FROM executions WHERE status = 'completed'")
_LAST = {name: text(f"SELECT max({name}) FROM executions") for name in ("started_at", "completed_at")}


class Watch:
    """Sees what is committed, and asks seldom enough not to be in the way."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def completed(self) -> int:
        return int(self._ask(_COUNT))

    def last(self, moment: str) -> float:
        """When the last run started or completed, in seconds of the wall clock."""
        value = self._ask(_LAST[moment])
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

    def _ask(self, statement: Any) -> Any:
        with self._database.reading() as connection:
            return connection.execute(statement).scalar_one()
