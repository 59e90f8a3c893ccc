"""What happened, recorded with the change and told after it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

QUEUED: Final = "queued"
STARTED: Final = "started"
STEP_STARTED: Final = "step_started"
STEP_COMPLETED: Final = "step_completed"
STEP_FAILED: Final = "step_failed"
WAITING: Final = "waiting"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
OCCURRENCE: Final = "occurrence"
WORKFLOW: Final = "workflow"

ENDINGS: Final = (COMPLETED, FAILED, CANCELLED)


@dataclass(frozen=True)
class Change:
    """One thing that changed. `ring` asks a listener to wake a worker for the execution."""

    event: str
    at: datetime
    workflow_id: str
    execution_id: str | None = None
    ring: bool = False
