"""A context for one attempt, whose log can be read back."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.domain.errors import StepFailed
from engine.steps import registry
from engine.steps._base import NetworkPolicy, StepContext
from engine.steps.http_request import HttpRequest
from tests.steps.servers import Server

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class RecordedLog(list[tuple[str, str]]):
    def __call__(self, level: str, message: str, **metadata: Any) -> None:
        self.append((level, message))


@pytest.fixture
def log() -> RecordedLog:
    return RecordedLog()


@pytest.fixture
def make_context(log: RecordedLog) -> Callable[..., StepContext]:
    def make(*, allowed: tuple[str, ...] = (), seconds: float = 20, scripts: bool = False) -> StepContext:
        return StepContext(
            execution_id="run-1", workflow_id="workflow-1", workflow_name="Morning report",
            step_key="step", position="", attempt=1, idempotency_key="run-1:step:",
            at=AT, deadline=AT + timedelta(seconds=seconds), timezone="Europe/Berlin",
            log=log, network=NetworkPolicy(allowed), may_run_scripts=lambda: scripts,
        )

    return make


@pytest.fixture
def context(make_context: Callable[..., StepContext]) -> StepContext:
    return make_context()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def failure(make_context):
    """Run the step and return how it failed."""

    def run(url, *, allowed=(), seconds=10, resolve=None, **settings):
        step = HttpRequest(resolve) if resolve else HttpRequest()
        context = make_context(allowed=allowed, seconds=seconds)
        with pytest.raises(StepFailed) as caught:
            step.run(context, step.prepare({"url": url, **settings}, {}))
        return caught.value

    return run


@pytest.fixture
def run_script(make_context: Callable[..., StepContext]) -> Callable[..., Mapping[str, Any]]:
    """Run a script with these settings and values of the run; gives its output."""

    def run(script: str, *, seconds: float = 20, scope: Mapping[str, Any] | None = None,
            allowed: bool = True, **settings: Any) -> Mapping[str, Any]:
        context, kind = make_context(seconds=seconds, scripts=allowed), registry()["script"]
        return kind.run(context, kind.prepare({"script": script, **settings}, scope or {})).output

    return run


@pytest.fixture
def script_failure(run_script: Callable[..., Mapping[str, Any]]) -> Callable[..., StepFailed]:
    """Run a script and return how it failed."""

    def fail(script: str, **more: Any) -> StepFailed:
        with pytest.raises(StepFailed) as caught:
            run_script(script, **more)
        return caught.value

    return fail
