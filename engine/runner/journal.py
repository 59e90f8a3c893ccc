"""What a run has done since its last checkpoint, ready to be written in one go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.db import storable_text
from engine.domain.errors import StepFailed

_BLANK: dict[str, Any] = {
    "reason": None, "input": None, "output": None, "error_class": None, "error_code": None,
    "error_message": None, "effect": "none", "completed_at": None, "duration_ms": None,
    "wake_at": None,
}


@dataclass
class Journal:
    """Collects step rows (the last one per step counts) and log lines, in order."""

    execution_id: str
    _rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    _logs: list[dict[str, Any]] = field(default_factory=list)

    def step(self, key: str, kind: str, status: str, *, started_at: datetime | None, attempt: int,
             **columns: Any) -> None:
        """Note the state of a step; columns not given are blank."""
        self._rows[key] = {
            **_BLANK, "execution_id": self.execution_id, "step_key": key, "position": "",
            "type": kind, "status": status, "attempt": attempt, "retry_count": attempt - 1,
            "started_at": started_at, **columns,
        }

    def log(self, at: datetime, level: str, message: str, *, step_key: str | None = None,
            event: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        self._logs.append({
            "execution_id": self.execution_id, "step_key": step_key, "level": level, "event": event,
            "message": storable_text(message), "details": dict(details) if details else None, "at": at,
        })

    def take(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Hand over what has come together and start afresh."""
        taken = list(self._rows.values()), self._logs
        self._rows, self._logs = {}, []
        return taken


def failure_columns(failure: StepFailed) -> dict[str, str]:
    """The columns that say why, for steps and runs alike."""
    return {
        "error_class": failure.error_class, "error_code": failure.error_code,
        "error_message": storable_text(failure.message),
    }
