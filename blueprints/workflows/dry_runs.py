"""Trying a whole workflow without anything leaving this server."""

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
from blueprints.workflows.pages import find
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.domain.ids import new_id
from engine.queries.visibility import authorize_workflow
from engine.services.workflows import dry_runs

bp = APIBlueprint("dry_runs", __name__, url_prefix="/workflows/<slug>/dry-run", enable_openapi=False)


@bp.get("")
@requires("operator")
def ask(slug: str) -> ResponseReturnValue:
    return _form(find(slug), request.args)


@bp.post("")
@requires("operator")
def start(slug: str) -> ResponseReturnValue:
    workflow, version = find(slug), text("version") or dry_runs.LIVE
    try:
        given = inputs.read(inputs.usual(reading(), workflow.id), request.form)
        with writing() as uow:
            authorize_workflow(uow.connection, current_user, workflow.id, dry_runs.role(version))
            execution_id = dry_runs.start(uow, workflow.id, version, by=current_user.id, given=given,
                                          idempotency_key=text("key")[:100] or None, at=clock.now())
    except Invalid as error:
        return _form(workflow, request.form, error.problems), 422
    return redirect(f"/executions/{execution_id}", 303)


def _form(workflow: Row[Any], typed: Mapping[str, str], problems: Sequence[Problem] = ()) -> str:
    choices = []
    if workflow.live_number:
        choices.append((dry_runs.LIVE, f"Version {workflow.live_number}, live now"))
    if current_user.may(dry_runs.role(dry_runs.DRAFT)) and workflow.draft:
        choices.append((dry_runs.DRAFT, "The draft, as it stands"))
    if not choices:
        raise Invalid("Add at least one step first", field="steps")
    return question(
        f"Dry run of {workflow.name}", "executions/_dry_run.html", workflow=workflow, choices=choices,
        version=typed.get("version") or choices[0][0], problems=problems, key=new_id(clock.now()),
        fields=inputs.fields(inputs.usual(reading(), workflow.id), typed),
    )
