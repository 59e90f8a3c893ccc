"""Choosing a kind of step, and filling in the form of one step."""

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from blueprints import forms_step, step_choice, steps_shown
from blueprints.draft_pages import Opened, kind_of, place_after, recipe, write_draft
from blueprints.extensions import reading
from blueprints.forms import text
from blueprints.security import requires
from blueprints.workflow_pages import base_of, find, page
from engine import clock
from engine.domain import step_lists
from engine.domain.errors import Conflict, Problem
from engine.domain.step_lists import Step
from engine.queries.scripts import switched_off

bp = APIBlueprint("step_forms", __name__, url_prefix="/workflows/<slug>/steps", enable_openapi=False)

_CONFLICT = ("Someone else changed these steps in the meantime. What you typed is still here: "
             "save again to put it among theirs")


@bp.get("/add")
@requires("editor")
def choose(slug: str) -> ResponseReturnValue:
    """Offer the kinds of steps, or with `type` the empty form of one."""
    workflow, after = find(slug), place_after(request.args)
    if wanted := request.args.get("type"):
        return recipe(workflow, Opened({"key": "", "type": kind_of(wanted).key, "with": {}}, after))
    search = request.args.get("q", "").strip()[:60]
    return page("steps/add.html", workflow, clock.now(), groups=step_choice.groups(search), search=search,
                after=after, switched_off=switched_off(reading()))


@bp.post("/add")
@requires("editor")
def add(slug: str) -> ResponseReturnValue:
    workflow, after, kind = find(slug), place_after(request.form), kind_of(text("type"))
    taken = [str(step.get("key")) for step in workflow.draft]
    step = forms_step.step_from(request.form, kind, step_lists.free_key(text("name") or kind.name, taken))
    steps = step_lists.inserted(workflow.draft, step, after)
    return _keep(workflow, steps, Opened(step, after))


@bp.post("/<key>")
@requires("editor")
def save(slug: str, key: str) -> ResponseReturnValue:
    workflow = find(slug)
    before = step_lists.find(workflow.draft, key)
    step = forms_step.step_from(request.form, kind_of(before["type"]), key)
    step = forms_step.keep_hidden(step, before)
    return _keep(workflow, step_lists.replaced(workflow.draft, key, step), Opened(step))


def _keep(workflow: Row[Any], steps: Sequence[Step], opened: Opened) -> ResponseReturnValue:
    """Store the steps, or show the form again: to insert a value, or with what has to be put right."""
    step, after = dict(opened.step), opened.after
    if reference := request.form.get("insert"):
        return recipe(workflow, Opened(forms_step.insert_value(step, text("into"), reference), after))
    shown = forms_step.controls(kind_of(step["type"]), step)
    problems = forms_step.problems_of(steps, step_lists.place_of(steps, step["key"]), shown)
    if problems:
        return recipe(workflow, Opened(step, after, problems)), 422
    try:
        write_draft(workflow, steps)
    except Conflict:
        return recipe(find(workflow.slug), Opened(step, after, (Problem(_CONFLICT),))), 409
    flash(f"{steps_shown.name_of(step)} is {'saved' if after is None else 'added'}.", "ok")
    return redirect(f"{base_of(workflow)}/steps#step-{step['key']}", 303)
