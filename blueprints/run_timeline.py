"""The steps of a run as rows of a timeline: what became of each, and when it was busy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blueprints.formats import stretch
from engine.domain import events, states
from engine.queries.executions import Run

Segment = tuple[float, float, str]
_HATCH = "hatch"
_TOKENS = {events.STEP_COMPLETED: "ok", events.STEP_FAILED: "bad"}


@dataclass(frozen=True)
class StepLine:
    """One step; `row` is None when it has not begun. `tries` counts up to now."""

    number: int
    key: str
    name: str
    status: str
    reason: str | None
    note: str | None
    row: Any
    segments: Sequence[Segment]


def lines(run: Run, tries: Iterable[Any], at: datetime) -> list[StepLine]:
    """Return a line per step of the version, those that did not run included."""
    first, last = run.row.started_at or run.row.queued_at, run.row.completed_at or at
    by_step: dict[str, list[Any]] = {}
    for event in tries:
        by_step.setdefault(event.step_key, []).append(event)
    found = []
    for number, step in enumerate(run.plan, start=1):
        row = run.steps.get(step["key"])
        segments = _segments(by_step.get(step["key"], []), row, first, last)
        found.append(_line(number, step, row, run.row.status, segments))
    return found


def _line(
    number: int, step: dict[str, Any], row: Any, run_status: str, segments: Sequence[Segment]
) -> StepLine:
    key, name = step["key"], step.get("name") or step["key"]
    if row is None:
        status, note = _not_begun(run_status)
        return StepLine(number, key, name, status, None, note, None, segments)
    note = "did not run" if row.status == states.SKIPPED else _tries(row.attempt)
    return StepLine(number, key, name, row.status, row.reason, note, row, segments)


def _not_begun(run_status: str) -> tuple[str, str | None]:
    if run_status in states.LIVE:
        return states.PENDING, None
    return states.SKIPPED, "did not run"


def _tries(attempt: int) -> str | None:
    return f"{attempt} tries" if attempt > 1 else None


def _segments(tries: list[Any], row: Any, first: datetime, last: datetime) -> list[Segment]:
    """Return when the step was busy; between two tries it waited."""
    found: list[tuple[datetime, datetime, str]] = []
    began: datetime | None = None
    for event in tries:
        if event.event == events.STEP_STARTED:
            if found:
                found.append((found[-1][1], event.at, _HATCH))
            began = event.at
        elif began is not None:
            found.append((began, event.at, _TOKENS[event.event]))
            began = None
    if row is not None and row.started_at and (began or not tries):
        found.append((began or row.started_at, row.completed_at or last, _open_token(row)))
    elif row is not None and row.status == states.WAITING and found:
        found.append((found[-1][1], last, _HATCH))
    return [(*stretch(start, end, first, last), token) for start, end, token in found]


def _open_token(row: Any) -> str:
    return {states.WAITING: _HATCH, states.RUNNING: "run", states.COMPLETED: "ok",
            states.FAILED: "bad"}.get(row.status, "idle")
