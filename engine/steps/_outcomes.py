"""What a step can end with. A failure is raised instead, as `StepFailed`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Finished:
    """The step did its work; later steps may use `output`."""

    output: Any = None


@dataclass(frozen=True, slots=True)
class Pause:
    """The run rests until `wake_at`; then the step counts as finished with `output`."""

    wake_at: datetime
    output: Any = None
    reason: str = "timer"


@dataclass(frozen=True, slots=True)
class EndRun:
    """The run ends here on purpose; the steps after this one are skipped."""

    status: Literal["completed", "failed"]
    message: str
    output: Any = None


Outcome = Finished | Pause | EndRun
