"""How long the history of one workflow is kept: a part of the page of its settings."""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.workflows import forms_limits, forms_retention
from blueprints.workflows.pages import base_of, find, page
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.domain.workflows.retention import Effect, Retention
from engine.queries.server import retention, storage
from engine.services.workflows import workflows as services

bp = APIBlueprint("workflow_retention", __name__, url_prefix="/workflows/<slug>/retention",
                  enable_openapi=False)


@bp.post("")
@requires("editor")
def save(slug: str) -> ResponseReturnValue:
    at = clock.now()
    try:
        rule = forms_retention.read(request.form)
        if text("then") == "rehearse":
            workflow = find(slug)
            return _page(workflow, request.form, effect=_effect(workflow, rule))
        with writing() as uow:
            workflow = find(slug, uow.connection)
            services.edit(uow, workflow.id, {"retention": rule.own()}, by=current_user.id, at=at)
    except Invalid as error:
        return _page(find(slug), request.form, problems=error.problems), 422
    flash("The rule is saved. What has to go is removed bit by bit.", "ok")
    return redirect(base_of(workflow) + "/settings#keep", 303)


@bp.post("/rehearsal")
@requires("editor")
def rehearse(slug: str) -> ResponseReturnValue:
    """Say what the typed rule would free, while it is typed; nothing is saved."""
    try:
        effect = _effect(find(slug), forms_retention.read(request.form))
        return render_template("storage/_effect.html", effect=effect)
    except Invalid as error:
        return render_template("storage/_effect.html", problems=error.problems)


@bp.app_template_global("keeping")
def keeping(workflow: Row[Any]) -> dict[str, Any]:
    """Return what the part about keeping history shows, on whichever page of settings it stands."""
    return {"values": forms_retention.values_of(workflow.retention),
            "usual": forms_retention.usual_words(retention.usual(reading())),
            "stored": storage.of_workflow(reading(), workflow.id)}


def _effect(workflow: Row[Any], rule: Retention) -> Effect:
    return storage.rehearse_one(reading(), workflow.id, rule.own(), clock.now())


def _page(workflow: Row[Any], typed: Mapping[str, str], problems: tuple[Problem, ...] = (),
          effect: Effect | None = None) -> str:
    return page("workflows/settings.html", workflow, clock.now(), values=forms_limits.values_of(workflow),
                problems=problems, typed=typed, effect=effect)
