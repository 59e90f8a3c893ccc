"""Turning a workflow on, pausing it, its settings, and its end."""

from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared import forms_moments
from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.workflows import forms_limits
from blueprints.workflows.pages import base_of, find, page
from engine import clock
from engine.domain.errors import Invalid
from engine.domain.runs.states import DRAFT, OFF, ON, PAUSED
from engine.queries.workflows import workflows
from engine.services.workflows import workflows as services

bp = APIBlueprint("workflow_settings", __name__, url_prefix="/workflows/<slug>", enable_openapi=False)

_SAID = {
    ON: "{name} is on. It runs when it is due.",
    OFF: "{name} is off. It will not run on its own. Run now still works.",
    PAUSED: "{name} is paused. It will not run on its own. Run now still works.",
}


@bp.post("/state")
@requires("operator")
def switch(slug: str) -> ResponseReturnValue:
    at, state = clock.now(), text("state")
    try:
        until = forms_moments.moment("until", current_user.timezone) if state == PAUSED else None
        with writing() as uow:
            workflow = find(slug, uow.connection)
            services.switch(uow, workflow.id, state, by=current_user.id, at=at, until=until,
                            note=text("note")[:500])
    except Invalid as error:
        return page("workflows/pause.html", find(slug), at, values=request.form, problems=error.problems), 422
    flash(_SAID[state].format(name=workflow.name), "ok")
    return redirect(base_of(workflow), 303)


@bp.get("/pause")
@requires("operator")
def pause(slug: str) -> ResponseReturnValue:
    return page("workflows/pause.html", find(slug), clock.now(), values={})


@bp.get("/settings")
def settings(slug: str) -> ResponseReturnValue:
    workflow = find(slug)
    return page("workflows/settings.html", workflow, clock.now(), values=forms_limits.values_of(workflow))


@bp.post("/settings")
@requires("editor")
def save(slug: str) -> ResponseReturnValue:
    at = clock.now()
    try:
        changes = forms_limits.changes_from(request.form, at)
        with writing() as uow:
            workflow = find(slug, uow.connection)
            services.edit(uow, workflow.id, changes, by=current_user.id, at=at)
    except Invalid as error:
        return page("workflows/settings.html", find(slug), at, values=request.form,
                    problems=error.problems), 422
    flash("The settings are saved.", "ok")
    next_page = "/starts/new" if _is_new(workflow) else "/settings"
    return redirect(base_of(workflow) + next_page, 303)


@bp.get("/delete")
@requires("editor")
def ask_to_delete(slug: str) -> ResponseReturnValue:
    return page("workflows/delete.html", find(slug), clock.now())


@bp.post("/delete")
@requires("editor")
def delete(slug: str) -> ResponseReturnValue:
    with writing() as uow:
        workflow = find(slug, uow.connection)
        services.delete(uow, workflow.id, by=current_user.id, at=clock.now())
    flash(f"{workflow.name} is deleted. Its runs can still be read.", "ok")
    return redirect("/workflows", 303)


def _is_new(workflow: Row[Any]) -> bool:
    return workflow.state == DRAFT and not workflows.triggers(reading(), workflow.id)
