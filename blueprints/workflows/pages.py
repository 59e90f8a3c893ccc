"""What every page of one workflow needs: the workflow, its starts, its tabs or its stages."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple

from flask import render_template
from flask_login import current_user
from sqlalchemy import Connection, Row

from blueprints.shared.extensions import reading
from blueprints.shown import starts as starts_shown
from blueprints.shown.brake import brake_now
from blueprints.shown.changes import changes_in_words
from engine.domain.ids import new_id
from engine.domain.runs.states import COMPLETED, DRAFT, FAILED, OFF, PAUSED
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows


class Stage(NamedTuple):
    """A stage on the way from an idea to a live workflow."""

    text: str
    path: str
    is_done: bool


def find(slug: str, connection: Connection | None = None) -> Row[Any]:
    """Return the workflow if the reader may see it; raises `NotFound`."""
    return workflows.by_slug(connection or reading(), may_see(current_user), slug)


def page(template: str, workflow: Row[Any], at: datetime, /, **more: Any) -> str:
    """Render a page of `workflow`; every such page knows its starts, tabs and changes."""
    triggers = workflows.triggers(reading(), workflow.id)
    starts = starts_shown.shown_all(triggers, at)
    context = {
        "workflow": workflow, "starts": starts, "base": base_of(workflow), "problems": (),
        "tabs": tabs(workflow, len(starts)), "stages": stages(workflow, starts),
        "changes": unpublished(workflow), "summary": starts_shown.summary(starts),
        "rests": workflow.state in (OFF, PAUSED), "is_paused": workflow.state == PAUSED,
        "may_edit": current_user.may("editor"), "may_run": current_user.may("operator"),
        "run_key": new_id(at),
        "asks": brake_now() is not None or any(row.kind == "manual" and row.inputs for row in triggers),
    }
    return render_template(template, **{**context, **more})


def base_of(workflow: Row[Any]) -> str:
    return f"/workflows/{workflow.slug}"


def tabs(workflow: Row[Any], starts: int) -> list[tuple[str, str]]:
    base = base_of(workflow)
    return [
        (base, "Overview"), (f"{base}/steps", "Steps"),
        (f"{base}/starts", f"Starts when ({starts})" if starts else "Starts when"),
        (f"/monitoring?workflow={workflow.slug}", "Runs"), (f"{base}/versions", "Versions"),
        (f"{base}/settings", "Settings"),
    ]


def stages(workflow: Row[Any], starts: Sequence[starts_shown.Start]) -> list[Stage]:
    """Return the way still to go for a workflow that never was live; empty for all others."""
    if workflow.state != DRAFT:
        return []
    base = base_of(workflow)
    return [
        Stage("Name", f"{base}/settings", True),
        Stage("When", f"{base}/starts" if starts else f"{base}/starts/new", bool(starts)),
        Stage("Steps", f"{base}/steps", bool(workflow.draft)),
        Stage("Make live", f"{base}/live", False),
    ]


def unpublished(workflow: Row[Any]) -> list[dict[str, str]]:
    """Return what the draft has that the live version has not, in words."""
    if workflow.live_definition is None:
        return []
    return changes_in_words(workflow.live_definition["steps"], workflow.draft)


def usual_ms(runs: Sequence[Row[Any]]) -> int | None:
    """Return how long a run usually takes, from the recent ones that ended by themselves."""
    lengths = [run.duration_ms for run in runs
               if run.status in (COMPLETED, FAILED) and run.duration_ms is not None]
    return round(median(lengths)) if lengths else None
