"""Both state machines, and the words allowed in status columns. See docs/states.md."""

from datetime import timedelta
from typing import Final

LONGEST_LEASE: Final = timedelta(minutes=5)

PENDING: Final = "pending"
RUNNING: Final = "running"
WAITING: Final = "waiting"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
SKIPPED: Final = "skipped"

EXECUTION_STATUSES: Final = (PENDING, RUNNING, WAITING, COMPLETED, FAILED, CANCELLED)
STEP_STATUSES: Final = (*EXECUTION_STATUSES, SKIPPED)
LIVE: Final = (PENDING, RUNNING, WAITING)
FINAL: Final = (COMPLETED, FAILED, CANCELLED)

_MOVES: Final[dict[str, tuple[str, ...]]] = {
    PENDING: (RUNNING, CANCELLED),
    RUNNING: (RUNNING, WAITING, PENDING, COMPLETED, FAILED, CANCELLED),
    WAITING: (RUNNING, PENDING, FAILED, CANCELLED, COMPLETED),
    COMPLETED: (),
    FAILED: (),
    CANCELLED: (),
}

UNUSUAL: Final = "unusual"
DRY_RUN: Final = "dry_run"
WAITING_REASONS: Final = ("retry", "timer", "approval", "limit", "unknown_outcome", "workflow")
ERROR_CLASSES: Final = (
    "transient", "auth", "data", "logic", "limit", "timeout", "crashed", "internal",
)
RETRYABLE_CLASSES: Final = frozenset({"transient", "limit", "timeout"})

STARTED: Final = "started"
MISSED: Final = "missed"
OUTCOMES: Final = (STARTED, SKIPPED, MISSED)

DRAFT: Final = "draft"
ON: Final = "on"
PAUSED: Final = "paused"
OFF: Final = "off"
ARCHIVED: Final = "archived"
WORKFLOW_STATES: Final = (DRAFT, ON, PAUSED, OFF, ARCHIVED)

ACTIVE: Final = "active"
AUTO_PAUSED: Final = "auto_paused"
BROKEN: Final = "error"
ENDED: Final = "ended"
SCHEDULE_STATES: Final = (ACTIVE, PAUSED, AUTO_PAUSED, BROKEN, ENDED)

SKIP: Final = "skip"
MOVE: Final = "move"
RUN_EARLY: Final = "run_early"
INPUTS: Final = "inputs"
OVERRIDES: Final = (SKIP, MOVE, RUN_EARLY, INPUTS)

EFFECTS: Final = ("none", "intended", "done", "unknown")


def sources(target: str) -> tuple[str, ...]:
    """Statuses from which an execution may move to `target`."""
    return tuple(source for source, targets in _MOVES.items() if target in targets)


def can_be_stopped(status: str) -> bool:
    return status in LIVE


def can_be_repeated(status: str, workflow_state: str) -> bool:
    return status in FINAL and workflow_state != ARCHIVED


def needs_attention(status: str, *, unusual: bool) -> bool:
    """Whether somebody should look at an ended run."""
    return status == FAILED or (status == COMPLETED and unusual)


def calls_for_repeat(status: str, workflow_state: str) -> bool:
    """Whether a list of runs offers to run this one again by itself; the run's page always does."""
    return status != COMPLETED and can_be_repeated(status, workflow_state)
