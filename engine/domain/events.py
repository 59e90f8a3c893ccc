"""What happened, recorded with the change and told after it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

QUEUED: Final = "queued"
STARTED: Final = "started"
STEP_STARTED: Final = "step_started"
STEP_COMPLETED: Final = "step_completed"
STEP_FAILED: Final = "step_failed"
WAITING: Final = "waiting"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
IGNORED: Final = "ignored"
OCCURRENCE: Final = "occurrence"
WORKFLOW: Final = "workflow"


@dataclass(frozen=True)
class Change:
    """One thing that changed, for those who watch."""

    event: str
    at: datetime
    workflow_id: str
    execution_id: str | None = None


class Ring(NamedTuple):
    """Asks for a worker. Those of one `flow`, mostly a workflow, share its turns; see `engine.queue`."""

    subject: str
    flow: str
    priority: int = 0


@dataclass
class News:
    """What a transaction has to tell once it has committed.

    `rings` are for executions that need a worker; `admits` are workflows under whose limits a place
    may have become free; `mails` are due to be sent.
    """

    changes: list[Change] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)
    admits: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    def add(self, other: "News") -> None:
        """Tell this as well."""
        self.changes += other.changes
        self.rings += other.rings
        self.admits += other.admits
        self.mails += other.mails

    def __bool__(self) -> bool:
        return bool(self.changes or self.rings or self.admits or self.mails)
