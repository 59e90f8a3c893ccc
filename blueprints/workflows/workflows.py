"""The list of workflows, making a new one, and the page of one."""

from typing import Any

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from blueprints.shown import starts as starts_shown
from blueprints.workflows import forms_limits
from blueprints.workflows.overview import drifts, overview
from blueprints.workflows.pages import base_of, find, page, usual_ms
from engine import clock
from engine.domain.errors import Invalid
from engine.domain.runs.states import DRAFT, OFF, ON, PAUSED
from engine.queries.overview import changes
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows
from engine.services.workflows import workflows as services

bp = APIBlueprint("workflows", __name__, url_prefix="/workflows", enable_openapi=False)

_STATES = ((ON, "On"), (PAUSED, "Paused"), (OFF, "Off"), (DRAFT, "Drafts"))
_PAGE = 25


@bp.get("")
def index() -> ResponseReturnValue:
    state = request.args.get("state") if request.args.get("state") in dict(_STATES) else None
    search = request.args.get("q", "").strip()[:100]
    found = workflows.page(reading(), may_see(current_user), search=search or None, state=state,
                           after=request.args.get("after"), limit=_PAGE + 1)
    return render_template(
        "workflows/list.html", rows=_listed(found[:_PAGE]), search=search, state=state, states=_STATES,
        after=found[_PAGE - 1].slug if len(found) > _PAGE else None, may_edit=current_user.may("editor"),
        is_first=not request.args.get("after"),
    )


@bp.get("/new")
@requires("editor")
def new() -> ResponseReturnValue:
    return render_template("workflows/new.html", values={}, problems=())


@bp.post("/new")
@requires("editor")
def create() -> ResponseReturnValue:
    at = clock.now()
    try:
        name = forms_limits.name_from(request.form)
        with writing() as uow:
            workflow_id = services.create(uow, owner_id=current_user.id, name=name, steps=[],
                                          limits={}, at=at)
    except Invalid as error:
        return render_template("workflows/new.html", values=request.form, problems=error.problems), 422
    workflow = workflows.by_id(reading(), may_see(current_user), workflow_id)
    return redirect(f"{base_of(workflow)}/starts/new", 303)


@bp.get("/<slug>")
def show(slug: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    shown = overview(reading(), may_see(current_user), workflow, at)
    return page("workflows/overview.html", workflow, at, **shown, cursor=changes.cursor(reading(), at),
                drifts=drifts(reading(), shown["starts"], at))


def _listed(found: list[Row[Any]]) -> list[dict[str, Any]]:
    """Return each workflow with its starts in words and its last runs."""
    at, ids = clock.now(), [row.id for row in found]
    starts = workflows.triggers_of(reading(), ids)
    results = workflows.recent_results(reading(), ids)
    return [{
        "workflow": row, "results": results[row.id], "usual": usual_ms(results[row.id]),
        "summary": starts_shown.summary(starts_shown.shown_all(starts[row.id], at)),
        "url": url_for(".show", slug=row.slug),
    } for row in found]
