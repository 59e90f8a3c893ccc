"""Starting a run by hand, with other data than usual if need be."""

from collections.abc import Mapping, Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.runs import inputs
from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.partials import question
from blueprints.shared.security import requires
from blueprints.shown.brake import is_untold
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.domain.ids import new_id
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows
from engine.services.runs import executions

bp = APIBlueprint("run_now", __name__, url_prefix="/workflows/<slug>/runs", enable_openapi=False)


@bp.get("/new")
@requires("operator")
def ask(slug: str) -> ResponseReturnValue:
    workflow, usual = _find(slug)
    return _form(workflow, usual)


@bp.post("")
@requires("operator")
def start(slug: str) -> ResponseReturnValue:
    """Start one run per form, however often its button is pressed."""
    workflow, usual = _find(slug)
    try:
        given = inputs.read(usual, request.form)
    except Invalid as error:
        return _form(workflow, usual, request.form, error.problems), 422
    if is_untold():
        return _form(workflow, usual, request.form), 409
    with writing() as uow:
        execution_id = executions.start(
            uow, workflow.id, started_by="manual", given=given, user_id=current_user.id,
            idempotency_key=text("key")[:100] or None, at=clock.now(),
        )
    return redirect(f"/executions/{execution_id}", 303)


def _find(slug: str) -> tuple[Row[Any], dict[str, Any]]:
    """Return the workflow and the data it usually starts with when somebody presses Run now."""
    workflow = workflows.by_slug(reading(), may_see(current_user), slug)
    return workflow, inputs.usual(reading(), workflow.id)


def _form(
    workflow: Row[Any], usual: Mapping[str, Any], typed: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> str:
    return question(
        f"Run {workflow.name} now", "executions/_start.html", workflow=workflow,
        fields=inputs.fields(usual, typed), problems=problems, key=new_id(clock.now()),
    )
