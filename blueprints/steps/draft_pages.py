"""The page that shows a draft as a recipe, with one step open or none, and the one way to store it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.extensions import reading, writing
from blueprints.shown import steps as steps_shown
from blueprints.steps import common_fields, form_fields, values_offered
from blueprints.workflows.pages import base_of, page
from engine import clock
from engine.domain.errors import NotFound, Problem
from engine.domain.steps import editing
from engine.domain.steps.checks import check_steps
from engine.domain.steps.editing import END, Spot, Step
from engine.queries.server.scripts import usable_kinds
from engine.queries.visibility import may_see
from engine.queries.workflows import samples
from engine.queries.workflows import workflows as queries
from engine.services.workflows import workflows
from engine.steps import registry
from engine.steps._base import StepType


@dataclass(frozen=True)
class Opened:
    """The step whose form is open. `spot` is where a new one goes; None for one that is there."""

    step: Step
    spot: Spot | None = None
    problems: tuple[Problem, ...] = ()


def recipe(workflow: Row[Any], opened: Opened | None = None, undo: Mapping[str, Any] | None = None) -> str:
    problems = opened.problems if opened else ()
    return page(
        "steps/list.html", workflow, clock.now(), undo=undo, problems=problems,
        group=steps_shown.whole(workflow.draft, check_steps(list(workflow.draft), usable_kinds(reading()))),
        form=_form(workflow, opened) if opened else None,
    )


def write_draft(workflow: Row[Any], steps: Sequence[Step]) -> None:
    """Save the draft that was shown as the form's `rev`; raises `Conflict` if it is not the newest."""
    rev = request.form.get("rev", "")
    with writing() as uow:
        workflows.save_draft(uow, workflow.id, steps, rev=int(rev) if rev.isdecimal() else -1,
                             by=current_user.id, at=clock.now())


def kind_of(key: str) -> StepType[Any]:
    kind = registry().get(key)
    if kind is None:
        raise NotFound(f"There is no step type “{key[:40]}”.")
    return kind


def spot_in(given: Mapping[str, str]) -> Spot:
    """Return where a new step goes: `in` which block, `after` how many steps; else at the end."""
    after = given.get("after", "")
    return Spot(given.get("in", "")[:60], min(int(after), END) if after.isdecimal() else END)


def _form(workflow: Row[Any], opened: Opened) -> dict[str, Any]:
    step, spot, base = opened.step, opened.spot, base_of(workflow)
    kind = kind_of(str(step.get("type")))
    shown = form_fields.controls(kind, step, queries.to_call(reading(), may_see(current_user), workflow.id))
    steps = editing.inserted(workflow.draft, step, spot) if spot else workflow.draft
    given, outputs = samples.latest_data(reading(), workflow.id)
    return {
        "kind": kind, "step": step, "spot": spot, "common": common_fields.shown(step),
        "main": [control for control in shown if not control.field.advanced],
        "more": [control for control in shown if control.field.advanced],
        "offered": values_offered.offered(steps, step["key"], given, outputs),
        "paths": values_offered.paths_of(step, outputs.get(step["key"])),
        "action": f"{base}/steps/add" if spot else f"{base}/steps/{step['key']}",
    }
