"""What a worker process gives to every run it takes over."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from engine.db import UnitOfWork
from engine.steps._base import NetworkPolicy, StepType, never

T = TypeVar("T")


class Write(Protocol):
    """Runs a unit of work; it is committed when this returns."""

    def __call__(self, work: Callable[[UnitOfWork], T]) -> T: ...


@dataclass(frozen=True)
class Means:
    """`owner` names the worker in leases; `stopping` is set once it must not begin another step."""

    write: Write
    registry: Mapping[str, StepType[Any]]
    owner: str
    lease: timedelta
    now: Callable[[], datetime]
    timezone: str = "UTC"
    network: NetworkPolicy = NetworkPolicy()
    may_run_scripts: Callable[[], bool] = never
    is_held: Callable[[str, int], bool] = lambda execution_id, epoch: True
    stopping: threading.Event = field(default_factory=threading.Event)
