"""Runs as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field
from sqlalchemy import Row

from blueprints.schemas.base import Body, Id, JsonObject, Query, Rows, Shape
from blueprints.schemas.run_steps import ExecutionStep, shown_steps
from engine.domain.runs.holds import Hold
from engine.domain.runs.waiting import waiting_words, wakes_at
from engine.domain.workflows.limits import priority_word
from engine.queries.runs.steps import Reached
from engine.queries.runs.whole import Run

Status = Literal["pending", "running", "waiting", "completed", "failed", "cancelled"]


class Order(Body):
    """What a run is to work with."""

    input: JsonObject = {}


class Repeat(Body):
    """Which version to repeat a run with: the one live now, or the `same` as it had."""

    version: Literal["live", "same"] | None = None


class Replay(Repeat):
    input: JsonObject


class Outcome(Body):
    """What became of a step of which nobody knew. `position` tells the places of a loop apart."""

    answer: Literal["happened", "retry", "skip"]
    position: str = Field("", max_length=80)


class DryRun(Body):
    """What to try: the live version or the draft, and with what."""

    version: Literal["live", "draft"] = "live"
    input: JsonObject = {}


class OrderHeaders(Query):
    """The same key gives the same run again, however often it is sent."""

    model_config = ConfigDict(extra="ignore")

    idempotency_key: str | None = Field(None, pattern=r"^[\x21-\x7e]{1,200}$", alias="Idempotency-Key")

    @classmethod
    def model_validate(cls, obj: Any, *args: Any, **options: Any) -> Self:
        """Undo the spelling `bp.input` gives to headers."""
        spelt = {name.replace("_", "-").title(): value for name, value in obj.items()}
        return super().model_validate(spelt, *args, **options)


class ExecutionQuery(Query):
    workflow_id: Id | None = None
    status: Status | None = None
    dry_run: bool = Field(False, description="Only dry runs; else there are none in the list.")
    unusual: bool = Field(False, description="Only runs that succeeded and look unusual.")
    error_step: str | None = Field(None, max_length=40, description="Only runs that failed with this step.")
    after: Id | None = Field(None, description="“next” of the page before: the id of its last run.")
    limit: Rows = 50


class ExecutionSummary(Shape):
    id: str
    workflow_id: str
    version_number: int
    trigger_id: str | None
    status: str
    reason: str | None
    error: str | None
    error_code: str | None
    error_step: str | None
    queued_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    wake_at: datetime | None
    duration_ms: int | None
    retry_count: int
    retry_of: str | None
    retry_kind: str | None
    parent_id: str | None
    dry_run: bool
    unusual: bool
    priority: Literal["low", "normal", "high"]
    concurrency_key: str | None
    reason_sentence: str | None
    reason_data: dict[str, Any] | None


class StartedExecution(ExecutionSummary):
    execution_id: str


class ExecutionPage(Shape):
    executions: list[ExecutionSummary]
    next: str | None


class RelatedRun(Shape):
    """A run that is linked to another one; `retry_kind` says how it repeats the run `retry_of`."""

    id: str
    status: str
    retry_of: str | None
    retry_kind: str | None
    queued_at: datetime


class Ignored(Shape):
    """Who has seen that the run needs somebody, and wants no reminder."""

    by: str
    at: datetime


class LogLine(Shape):
    id: int
    step_key: str | None
    position: str
    level: str
    event: str | None
    message: str
    metadata: dict[str, Any] | None
    timestamp: datetime


class Execution(ExecutionSummary):
    """One run with the first 500 of its steps, in their order, and the first 500 lines of its log.

    Steps outside loops come first. `steps_reached` is how many there are, each counted once per item.
    """

    input: dict[str, Any]
    output: Any
    error_class: str | None
    retries: list[RelatedRun]
    children: list[RelatedRun]
    ignored: Ignored | None
    steps: list[ExecutionStep]
    steps_reached: int
    logs: list[LogLine]


def summary(row: Row[Any], hold: Hold | None, at: datetime) -> ExecutionSummary:
    return ExecutionSummary.model_validate(_common(row, hold, at))


def started(row: Row[Any], hold: Hold | None, at: datetime) -> StartedExecution:
    return StartedExecution(**dict(summary(row, hold, at)), execution_id=row.id)


def execution(
    run: Run, reached: Reached, chain: Sequence[Row[Any]], children: Sequence[Row[Any]], hold: Hold | None,
    at: datetime, *, ignored: Row[Any] | None,
) -> Execution:
    """`chain` are the runs that repeat one another, this one among them; `children` those it has started."""
    return Execution.model_validate({
        **_common(run.row, hold, at),
        "retries": chain, "children": children, "ignored": ignored,
        "input": run.shown(run.row.input), "output": run.shown(run.row.output),
        "steps": shown_steps(run, reached.rows), "steps_reached": reached.total,
        "logs": [{**row._mapping, "timestamp": row.at} for row in run.logs],
    })


def _common(row: Row[Any], hold: Hold | None, at: datetime) -> dict[str, Any]:
    """`hold` is what a queued run waits for; its sentence is for people."""
    return {
        **row._mapping, "error": row.error_message, "priority": priority_word(row.priority),
        "wake_at": wakes_at(row), "reason_sentence": hold.sentence(at) if hold else waiting_words(row),
        "reason_data": hold.data() if hold else None,
    }
