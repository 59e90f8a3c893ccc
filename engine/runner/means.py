"""What a worker process gives to every run it takes over."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from engine.domain.runs import payloads
from engine.runner.plans import Plans
from engine.steps._base import NetworkPolicy, never
from engine.writer import Write

T = TypeVar("T")


class InThread(Protocol):
    """Runs what blocks, so that other runs go on meanwhile."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


@dataclass(frozen=True)
class Means:
    """`owner` names the worker in leases; `stopping` is set once it must not begin another step."""

    write: Write
    plans: Plans
    in_thread: InThread
    owner: str
    lease: timedelta
    now: Callable[[], datetime]
    timezone: str = "UTC"
    network: NetworkPolicy = NetworkPolicy()
    max_payload: int = payloads.KEPT
    may_run_scripts: Callable[[], bool] = never
    is_held: Callable[[str, int], bool] = lambda execution_id, epoch: True
    stopping: threading.Event = field(default_factory=threading.Event)
