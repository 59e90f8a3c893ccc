"""What a step can end with. A failure is raised instead, as `StepFailed`."""

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class EndRun:
    """The run ends here on purpose; the steps after this one are skipped.

    With `of_item` only the item at hand ends where the step is inside a loop.
    """

    status: Literal["completed", "failed"]
    message: str
    output: Any = None
    of_item: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """The steps of the block `block` come next; then the step is finished with `output`."""

    block: str
    output: Any = None


@dataclass(frozen=True, slots=True)
class Each:
    """The steps of the block `steps` are done for each of `items`, `at_once` of them at a time."""

    items: Sequence[Any]
    at_once: int = 1
    go_on: bool = False
    """Whether the other items are done when one has failed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """People are asked; the run rests until one has answered or `expires_at` has come."""

    question: str
    choices: Sequence[str]
    recipients: Sequence[str] = ()
    remind_at: datetime | None = None
    expires_at: datetime | None = None
    when_expired: str | None = None
    """The answer that counts when nobody has given one; None: the step fails."""
    ends_run: Sequence[str] = ()
    """Answers after which the run does not go on."""


@dataclass(frozen=True, slots=True)
class Call:
    """Another workflow is started; with `wait` the run rests until that run has ended."""

    workflow: str
    inputs: Mapping[str, Any]
    wait: bool = True


Outcome = Finished | Pause | EndRun | Branch | Each | Ask | Call
