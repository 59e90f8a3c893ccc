"""The steps of a run as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Row

from blueprints.schemas.base import Query, Shape
from engine.domain.runs.waiting import waiting_words, wakes_at
from engine.domain.steps.trees import Placed, walk
from engine.queries.runs.whole import Run


class StepsQuery(Query):
    """Which steps of a run to show, and which lines of its log."""

    position: str | None = Field(
        None, pattern=r"^\d{1,5}(\.\d{1,5}){0,2}$",
        description="Only the steps and lines of this item: 3 is the fourth of a loop, 3.0 the first of one "
                    "inside.",
    )


class ExecutionStep(Shape):
    """One step, once for each item of a loop. `parent_key` is the step that holds it in its `block`."""

    key: str
    position: str
    parent_key: str | None
    block: str | None
    type: str
    status: str
    reason: str | None
    reason_sentence: str | None
    input: Any
    output: Any
    error: str | None
    error_class: str | None
    error_code: str | None
    started_at: datetime | None
    completed_at: datetime | None
    wake_at: datetime | None
    duration_ms: int | None
    retry_count: int


def shown_steps(run: Run, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Put steps into reading order, item after item."""
    order = {one.step["key"]: (number, one) for number, one in enumerate(walk(run.plan))}
    ranked = sorted(rows, key=lambda row: (_path(row.position), order[row.step_key][0]))
    return [{**row._mapping, "output": run.shown(row.output), "key": row.step_key, "error": row.error_message,
             "wake_at": wakes_at(row), "reason_sentence": waiting_words(row, "it"),
             **_around(order[row.step_key][1])} for row in ranked]


def _around(one: Placed) -> dict[str, Any]:
    holder, block = one.around[-1] if one.around else ({}, None)
    return {"parent_key": holder.get("key"), "block": block}


def _path(position: str) -> tuple[int, ...]:
    return tuple(map(int, position.split("."))) if position else ()
