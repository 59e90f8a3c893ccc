"""A context for one attempt, whose log can be read back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.steps._base import NetworkPolicy, StepContext

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class RecordedLog(list[tuple[str, str]]):
    def __call__(self, level: str, message: str, **metadata: Any) -> None:
        self.append((level, message))


@pytest.fixture
def log() -> RecordedLog:
    return RecordedLog()


@pytest.fixture
def make_context(log: RecordedLog) -> Callable[..., StepContext]:
    def make(*, allowed: tuple[str, ...] = (), seconds: float = 20) -> StepContext:
        return StepContext(
            execution_id="run-1", workflow_id="workflow-1", workflow_name="Morning report",
            step_key="step", position="", attempt=1, idempotency_key="run-1:step:",
            at=AT, deadline=AT + timedelta(seconds=seconds), timezone="Europe/Berlin",
            log=log, network=NetworkPolicy(allowed),
        )

    return make


@pytest.fixture
def context(make_context: Callable[..., StepContext]) -> StepContext:
    return make_context()
