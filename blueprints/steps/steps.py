"""The draft of a workflow as a recipe: look at it, move, remove and bring back steps."""

import json
from collections.abc import Sequence
from typing import Any, Final

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.shown import steps as steps_shown
from blueprints.steps import tearing
from blueprints.steps.draft_pages import Opened, recipe, spot_in, write_draft
from blueprints.workflows.pages import base_of, find
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.steps import editing
from engine.domain.steps.editing import Step
from engine.domain.steps.trees import numbered, walk
from engine.steps import name_of, registry

bp = APIBlueprint("steps", __name__, url_prefix="/workflows/<slug>/steps", enable_openapi=False)

_MOVES: Final = {"up": -1, "down": 1}


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    workflow, key = find(slug), request.args.get("edit")
    if not key or not current_user.may("editor"):
        return recipe(workflow)
    return recipe(workflow, Opened(editing.find(workflow.draft, key)))


@bp.post("/<key>/move")
@requires("editor")
def move(slug: str, key: str) -> ResponseReturnValue:
    workflow = find(slug)
    where = text("where")
    steps = editing.moved(workflow.draft, key, _MOVES.get(where, 0), steps_shown.blocks)
    if losses := tearing.losses(workflow, steps):
        name = name_of(editing.find(workflow.draft, key))
        return tearing.ask(f"Move {name} {where}?", "Move anyway", losses, back=_place(workflow, key)), 409
    return _change(workflow, steps, _moved_to(steps, key), key)


def _moved_to(steps: Sequence[Step], key: str) -> str:
    number, one = next((number, one) for number, one in numbered(steps) if one.step.get("key") == key)
    said = f"{name_of(one.step)} is now step {number}"
    if not one.around:
        return f"{said} of {len(steps)}."
    holder, block = one.around[-1]
    return f"{said}, in “{steps_shown.block_title(holder, block)}” of {name_of(holder)}."


@bp.post("/<key>/remove")
@requires("editor")
def remove(slug: str, key: str) -> ResponseReturnValue:
    """Answer with the page itself: the way back travels in it, and in no cookie."""
    workflow = find(slug)
    try:
        spot, step = editing.spot_of(workflow.draft, key), editing.find(workflow.draft, key)
    except NotFound:  # the page was sent twice
        return redirect(f"{base_of(workflow)}/steps", 303)
    rest, name = editing.removed(workflow.draft, key), name_of(step)
    if losses := tearing.losses(workflow, rest):
        return tearing.ask(f"Remove {name}?", "Remove anyway", losses, back=_place(workflow, key)), 409
    if refusal := _store(workflow, rest):
        return refusal
    users = [name_of(user) for user in editing.using(workflow.draft, key)]
    undo = {"name": name, "step": json.dumps(step), "spot": spot, "users": users}
    return recipe(find(slug), undo=undo)


@bp.post("/restore")
@requires("editor")
def restore(slug: str) -> ResponseReturnValue:
    workflow = find(slug)
    step = _carried(request.form.get("step", ""))
    if {*editing.keys_of([step])} & {*editing.keys_of(workflow.draft)}:
        raise Invalid("This step is back already")
    steps = editing.inserted(workflow.draft, step, spot_in(request.form))
    return _change(workflow, steps, f"{name_of(step)} is back.", step["key"])


def _carried(written: str) -> dict[str, Any]:
    step: Any
    try:
        step = json.loads(written)
    except ValueError:
        step = None
    inside = list(walk([step])) if isinstance(step, dict) else []
    if not inside or not all(_is_step(one.step) for one in inside):
        raise Invalid("This step can't be put back. Add it again")
    return dict(step)


def _is_step(step: Step) -> bool:
    return step.get("type") in registry() and isinstance(step.get("key"), str)


def _change(workflow: Row[Any], steps: Sequence[Step], said: str, key: str) -> ResponseReturnValue:
    if refusal := _store(workflow, steps):
        return refusal
    flash(said, "ok")
    return redirect(_place(workflow, key), 303)


def _place(workflow: Row[Any], key: str) -> str:
    return f"{base_of(workflow)}/steps#step-{key}"


def _store(workflow: Row[Any], steps: Sequence[Step]) -> ResponseReturnValue | None:
    try:
        write_draft(workflow, steps)
    except Conflict as error:
        flash(error.message, "bad")
        return redirect(f"{base_of(workflow)}/steps", 303)
    return None
