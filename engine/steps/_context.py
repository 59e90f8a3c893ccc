"""What a step knows about the run it is part of, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.domain.runs import payloads


class Log(Protocol):
    """Writes one line to the log of the run."""

    def __call__(self, level: str, message: str, **metadata: Any) -> None: ...


def never() -> bool:
    return False


def always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Private places an administrator lets steps reach: host, host:port, address or CIDR range."""

    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepContext:
    """`at` is when this attempt began; `deadline` ends the step, whatever it is doing.

    `max_payload` is how many bytes of what comes in are kept; the rest is not even read.
    """

    execution_id: str
    workflow_id: str
    workflow_name: str
    step_key: str
    position: str
    attempt: int
    idempotency_key: str
    at: datetime
    deadline: datetime
    timezone: str
    log: Log
    network: NetworkPolicy = NetworkPolicy()
    max_payload: int = payloads.KEPT
    may_run_scripts: Callable[[], bool] = never
    """What an administrator says at this moment; asked only by the step that needs it."""
    is_wanted: Callable[[], bool] = always
    """False once the run was stopped; a step that takes long asks now and then."""

    @property
    def time_left(self) -> timedelta:
        """How much time this attempt had when it began."""
        return self.deadline - self.at
