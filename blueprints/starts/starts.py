"""What starts a workflow: the list, switching one off, taking one away."""

from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection, Row

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.shown import starts
from blueprints.workflows.pages import base_of, find, page
from engine import clock
from engine.domain.errors import NotFound
from engine.queries.workflows import workflows
from engine.services.workflows import triggers

bp = APIBlueprint("starts", __name__, url_prefix="/workflows/<slug>/starts", enable_openapi=False)


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    return page("starts/list.html", find(slug), clock.now())


@bp.post("/<trigger_id>/switch")
@requires("operator")
def switch(slug: str, trigger_id: str) -> ResponseReturnValue:
    enabled = text("enabled") == "yes"
    with writing() as uow:
        workflow = find(slug, uow.connection)
        start = _start(uow.connection, workflow, trigger_id)
        triggers.edit(uow, trigger_id, enabled=enabled, by=current_user.id, at=clock.now())
    now = "on" if enabled else "off. It starts nothing until you turn it on again"
    flash(f"{start.name} is {now}.", "ok")
    return redirect(f"{base_of(workflow)}/starts", 303)


@bp.get("/<trigger_id>/remove")
@requires("editor")
def ask_to_remove(slug: str, trigger_id: str) -> ResponseReturnValue:
    workflow = find(slug)
    start = _start(reading(), workflow, trigger_id)
    return page("starts/remove.html", workflow, clock.now(), start=starts.shown(start, clock.now()))


@bp.post("/<trigger_id>/remove")
@requires("editor")
def remove(slug: str, trigger_id: str) -> ResponseReturnValue:
    with writing() as uow:
        workflow = find(slug, uow.connection)
        start = _start(uow.connection, workflow, trigger_id)
        triggers.remove(uow, trigger_id, by=current_user.id, at=clock.now())
    flash(f"{start.name} is removed. Runs it started can still be read.", "ok")
    return redirect(f"{base_of(workflow)}/starts", 303)


def _start(connection: Connection, workflow: Row[Any], trigger_id: str) -> Row[Any]:
    for row in workflows.triggers(connection, workflow.id):
        if row.id == trigger_id:
            return row
    raise NotFound("There is no such start.")
