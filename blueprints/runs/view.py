"""Everything the page of a run shows, for the page itself, its catch-up and its socket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row

from blueprints.runs import asks as run_asks
from blueprints.runs import beside as run_beside
from blueprints.runs import inside as run_inside
from blueprints.runs.asks import StepAsks
from blueprints.runs.beside import Beside
from blueprints.runs.inside import Inside, Into
from blueprints.runs.timeline import StepLine
from blueprints.runs.words import skipper
from engine.domain.runs import states
from engine.domain.runs.explanations import Explanation
from engine.domain.runs.holds import Hold
from engine.domain.runs.troubles import Source, trouble
from engine.queries.runs import executions, holds, logs, questions, repeats, skips
from engine.queries.runs.repeats import Restart
from engine.queries.runs.skips import Skip
from engine.queries.runs.whole import Run
from engine.queries.workflows import workflows

TABS: Final = (("steps", "Steps"), ("log", "Log"), ("data", "Data"), ("details", "Details"))
_SLOW: Final = 3


@dataclass(frozen=True)
class RunView:
    """`trouble` explains a failure; `usual` is how long good runs take; `good` is one of them.

    `answer` leads to what came back to the call inside a loop with which it failed; `hold` is what a queued
    run waits for; `restart` is where an ended one would go on, `skip` what is left out when it goes on after
    its failure, `chain` who repeats whom; `asks` are its steps that wait for somebody's word, `questions`
    what it asks people; `inside` are items of one of its loops, when somebody looks at those."""

    run: Run
    steps: list[StepLine]
    inside: Inside | None
    counts: dict[str, int]
    trouble: Explanation | None
    culprit: StepLine | None
    answer: Into | None
    current: StepLine | None
    usual: timedelta | None
    good: str | None
    is_slow: bool
    hold: Hold | None
    restart: Restart | None
    skip: Skip | None
    chain: Sequence[Row[Any]]
    asks: Sequence[StepAsks]
    questions: Sequence[Row[Any]]
    beside: Beside


def view(
    connection: Connection, visible: ColumnElement[bool], execution_id: str, at: datetime,
    into: Into | None = None,
) -> RunView:
    """Raises `NotFound` also for what the reader may not see."""
    run = executions.run(connection, visible, execution_id, log_lines=0)
    steps = run_inside.outermost(connection, run, at)
    recent = workflows.recent_results(connection, [run.row.workflow_id])[run.row.workflow_id]
    good = [row for row in recent if row.status == states.COMPLETED and row.id != execution_id]
    usual = _usual(good)
    culprit = next((step for step in reversed(steps) if step.status == states.FAILED), None)
    return RunView(
        run, steps, run_inside.inside(connection, run, into, at) if into else None,
        logs.counts(connection, execution_id), _trouble(run, steps, culprit), culprit,
        run_inside.answer(connection, run) if culprit and culprit.loop else None,
        next((step for step in reversed(steps) if step.status in (states.RUNNING, states.WAITING)), None),
        usual, good[-1].id if good else None, _is_slow(run, usual, at),
        holds.of(connection, [run.row], at).get(execution_id),
        *_ways_on(connection, run), repeats.chain(connection, visible, execution_id),
        run_asks.asks(connection, run), _questions(connection, visible, run, at),
        run_beside.beside(connection, visible, run),
    )


def _questions(
    connection: Connection, visible: ColumnElement[bool], run: Run, at: datetime
) -> Sequence[Row[Any]]:
    if run.row.status not in states.LIVE:
        return ()
    return questions.page(connection, visible, at, execution_id=run.row.id, limit=20)


def _ways_on(connection: Connection, run: Run) -> tuple[Restart | None, Skip | None]:
    if run.row.status not in (states.FAILED, states.CANCELLED) or run.row.workflow_state == states.ARCHIVED:
        return None, None
    if run.row.trimmed_at is not None:
        return None, None
    origin = repeats.origin(connection, run.row.id)
    steps = repeats.steps_of(connection, origin)
    return repeats.restart(origin, steps), skips.skip(origin, steps)


def _trouble(run: Run, steps: Sequence[StepLine], culprit: StepLine | None) -> Explanation | None:
    if run.row.status != states.FAILED:
        return None
    given = culprit.row.input if culprit else None
    return trouble(run.row.error_code, run.row.error_message, culprit.name if culprit else None, given,
                   {step.key: Source(step.name, _left_out(step)) for step in steps})


def _left_out(step: StepLine) -> str | None:
    """Say why a step gave nothing, when somebody skipped it or said that it happened; None otherwise."""
    if step.row is None:
        return None
    if by := skipper(step.row):
        return f"{by} skipped “{step.name}”, so it gave nothing"
    said = step.row.output.get("confirmed_by") if isinstance(step.row.output, dict) else None
    return f"{said} said that “{step.name}” happened; what it would have given never came" if said else None


def _usual(good: list[Any]) -> timedelta | None:
    took = [row.duration_ms for row in good if row.duration_ms is not None]
    return timedelta(milliseconds=median_low(took)) if took else None


def _is_slow(run: Run, usual: timedelta | None, at: datetime) -> bool:
    if usual is None or run.row.status != states.RUNNING or run.row.started_at is None:
        return False
    return bool(at - run.row.started_at > _SLOW * max(usual, timedelta(seconds=5)))
