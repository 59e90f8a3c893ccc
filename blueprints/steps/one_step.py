"""Choosing a kind of step, and filling in the form of one step."""

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from blueprints.shared.extensions import reading
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.steps import choice, common_fields, form_fields
from blueprints.steps.draft_pages import Opened, kind_of, recipe, spot_in, write_draft
from blueprints.workflows.pages import base_of, find, page
from engine import clock
from engine.domain.errors import Conflict, Problem
from engine.domain.steps import editing
from engine.domain.steps.editing import Step
from engine.queries.server.scripts import switched_off
from engine.steps import name_of

bp = APIBlueprint("step_forms", __name__, url_prefix="/workflows/<slug>/steps", enable_openapi=False)

_CONFLICT = ("Someone else changed these steps in the meantime. What you typed is still here: "
             "save again to put it among theirs")


@bp.get("/add")
@requires("editor")
def choose(slug: str) -> ResponseReturnValue:
    """Offer the kinds of steps, or with `type` the empty form of one."""
    workflow, spot = find(slug), spot_in(request.args)
    if wanted := request.args.get("type"):
        return recipe(workflow, Opened({"key": "", "type": kind_of(wanted).key, "with": {}}, spot))
    search = request.args.get("q", "").strip()[:60]
    return page("steps/add.html", workflow, clock.now(), groups=choice.groups(search), search=search,
                spot=spot, switched_off=switched_off(reading()))


@bp.post("/add")
@requires("editor")
def add(slug: str) -> ResponseReturnValue:
    workflow, spot, kind = find(slug), spot_in(request.form), kind_of(text("type"))
    taken = editing.keys_of(workflow.draft)
    step = form_fields.step_from(request.form, kind, editing.free_key(text("name") or kind.name, taken))
    return _keep(workflow, editing.inserted(workflow.draft, step, spot), Opened(step, spot))


@bp.post("/<key>")
@requires("editor")
def save(slug: str, key: str) -> ResponseReturnValue:
    workflow = find(slug)
    before = editing.find(workflow.draft, key)
    step = form_fields.step_from(request.form, kind_of(before["type"]), key)
    step = common_fields.keep_hidden(step, before)
    return _keep(workflow, editing.replaced(workflow.draft, key, step), Opened(step))


def _keep(workflow: Row[Any], steps: Sequence[Step], opened: Opened) -> ResponseReturnValue:
    """Store the steps, or show the form again: to insert a value, or with what has to be put right."""
    step, spot = dict(opened.step), opened.spot
    if reference := request.form.get("insert"):
        return recipe(workflow, Opened(form_fields.insert_value(step, text("into"), reference), spot))
    problems = form_fields.problems_of(steps, step["key"], form_fields.controls(kind_of(step["type"]), step))
    if problems:
        return recipe(workflow, Opened(step, spot, problems)), 422
    try:
        write_draft(workflow, steps)
    except Conflict:
        return recipe(find(workflow.slug), Opened(step, spot, (Problem(_CONFLICT),))), 409
    flash(f"{name_of(step)} is {'added' if spot else 'saved'}.", "ok")
    return redirect(f"{base_of(workflow)}/steps#step-{step['key']}", 303)
