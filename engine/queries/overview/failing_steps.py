"""The steps that most runs failed with, from counters that outlive the runs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from engine.models import FailedStep, Workflow, WorkflowVersion
from engine.queries.overview.statistics import Scope
from engine.steps import told_apart

MOST: Final = 10


@dataclass(frozen=True)
class Failing:
    """A step and how many runs failed with it. One that is not live any more has its key as a name."""

    workflow_id: str
    slug: str
    workflow_name: str
    key: str
    name: str
    is_live: bool
    runs: int


def failing_steps(connection: Connection, scope: Scope) -> list[Failing]:
    """Return those that most runs failed with, of the days (UTC) that `scope` touches."""
    runs = func.sum(FailedStep.runs).label("runs")
    rows: Sequence[Row[Any]] = list(connection.execute(
        select(FailedStep.workflow_id, FailedStep.step_key, runs)
        .join_from(Workflow, FailedStep, FailedStep.workflow_id == Workflow.id)
        .where(scope.mine, FailedStep.at >= scope.first_day)
        .group_by(FailedStep.workflow_id, FailedStep.step_key)
        .order_by(runs.desc(), FailedStep.workflow_id, FailedStep.step_key).limit(MOST)
    ))
    workflows = _live(connection, {row.workflow_id for row in rows})
    return [_named(workflows[row.workflow_id], row.step_key, int(row.runs)) for row in rows]


def step_name(definition: Any, key: str) -> str | None:
    """Return what the step is called in this version; None when it is not there."""
    steps = definition["steps"] if definition else ()
    return told_apart(steps).get(key)


def _live(connection: Connection, workflow_ids: Collection[str]) -> dict[str, Row[Any]]:
    rows: Sequence[Row[Any]] = list(connection.execute(
        select(Workflow.id, Workflow.slug, Workflow.name, WorkflowVersion.definition)
        .outerjoin(WorkflowVersion, WorkflowVersion.id == Workflow.live_version_id)
        .where(Workflow.id.in_(workflow_ids))
    ))
    return {row.id: row for row in rows}


def _named(workflow: Row[Any], key: str, runs: int) -> Failing:
    name = step_name(workflow.definition, key)
    return Failing(workflow.id, workflow.slug, workflow.name, key, name or key, name is not None, runs)
