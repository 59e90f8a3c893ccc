"""What a run has done since its last checkpoint, ready to be written in one go."""

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.connecting import storable_text
from engine.domain.data.masking import Secrets, masked_text
from engine.domain.errors import StepFailed
from engine.domain.runs.payloads import line
from engine.domain.runs.states import WAITING

_BLANK: dict[str, Any] = {
    "reason": None, "input": None, "output": None, "error_class": None, "error_code": None,
    "error_message": None, "effect": "none", "completed_at": None, "duration_ms": None,
    "wake_at": None,
}


class Journal:
    """Collects step rows (the last one per step and position counts) and log lines, in order.

    Steps write to the log from threads of their own. Texts are kept without the run's `secrets`. It
    `has_waited` when a step did.
    """

    def __init__(self, execution_id: str, secrets: Secrets) -> None:
        self._execution_id, self._secrets = execution_id, secrets
        self.has_waited = False
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self._logs: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows) + len(self._logs)

    def step(self, key: str, position: str, kind: str, status: str, *, started_at: datetime | None,
             attempt: int, **columns: Any) -> None:
        """Note the state of a step; columns not given are blank."""
        self.has_waited |= status == WAITING
        self._rows[key, position] = {
            **_BLANK, "execution_id": self._execution_id, "step_key": key, "position": position,
            "type": kind, "status": status, "attempt": attempt, "retry_count": attempt - 1,
            "started_at": started_at, **columns,
        }

    def log(self, at: datetime, level: str, message: str, *, step_key: str | None = None,
            position: str = "", event: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        row = {
            "execution_id": self._execution_id, "step_key": step_key, "position": position, "level": level,
            "event": event, "message": self._kept(message),
            "metadata": self._secrets.hide(dict(details)) if details else None, "at": at,
        }
        with self._lock:
            self._logs.append(row)

    def take(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Hand over what has come together and start afresh."""
        with self._lock:
            logs, self._logs = self._logs, []
        rows, self._rows = list(self._rows.values()), {}
        return rows, logs

    def failure(self, failure: StepFailed) -> dict[str, str]:
        """Return the columns that say why, for steps and runs alike."""
        return {
            "error_class": failure.error_class, "error_code": failure.error_code,
            "error_message": self._kept(failure.message),
        }

    def _kept(self, text: str) -> str:
        return storable_text(self._secrets.hide_in(masked_text(line(text))))
