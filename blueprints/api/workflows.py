"""Workflows as JSON."""

from typing import Any

from apiflask import APIBlueprint
from flask_login import current_user
from sqlalchemy import Row

from blueprints.schemas import workflows as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.workflows.definitions import parse_document, parse_outline
from engine.queries.visibility import authorize_workflow, may_see
from engine.queries.workflows import workflows as queries
from engine.services.workflows import documents, workflows
from engine.steps import registry

bp = APIBlueprint("api_workflows", __name__, url_prefix="/api/workflows", tag="Workflows")


@bp.get("")
@bp.input(schemas.WorkflowQuery, location="query", arg_name="query")
@bp.output(schemas.WorkflowPage)
@bp.doc(security="token")
def index(query: schemas.WorkflowQuery) -> Answer:
    """List workflows by name."""
    rows = queries.page(reading(), may_see(current_user), search=query.search, state=query.state,
                        after=query.after, limit=query.limit + 1)
    shown = rows[:query.limit]
    more = len(rows) > query.limit
    return schemas.WorkflowPage(
        workflows=[schemas.summary(row) for row in shown], next=shown[-1].slug if more else None,
    )


@bp.post("")
@bp.input(schemas.NewWorkflow, arg_name="new")
@bp.output(schemas.MadeWorkflow, status_code=201)
@bp.doc(security="token")
@requires("editor")
def create(new: schemas.NewWorkflow) -> Answer:
    """Make a workflow from a document.

    Its steps become version 1, which is live; the workflow stays off until it is switched on.
    """
    at, zone = clock.now(), current_user.timezone
    if new.draft:
        document = parse_outline(new.document(), at=at, timezone=zone)
    else:
        document = parse_document(new.document(), registry(), at=at, timezone=zone)
    with writing() as uow:
        workflow_id = documents.create(uow, document, draft=(new.steps or []) if new.draft else None,
                                       owner_id=current_user.id, at=at)
    return schemas.made_workflow(*_rows(workflow_id))


@bp.get("/<workflow_id>")
@bp.output(schemas.Workflow)
@bp.doc(security="token")
def show(workflow_id: str) -> Answer:
    """Show a workflow: its document and where it stands."""
    return schemas.workflow(*_rows(workflow_id))


@bp.patch("/<workflow_id>")
@bp.input(schemas.WorkflowChanges, arg_name="changes")
@bp.output(schemas.Workflow)
@bp.doc(security="token")
@requires("editor")
def change(workflow_id: str, changes: schemas.WorkflowChanges) -> Answer:
    """Switch a workflow on, pause it or switch it off; change its name, notes or limits."""
    at, by = clock.now(), current_user.id
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, workflow_id, "editor")
        if edits := changes.edits():
            workflows.edit(uow, workflow_id, edits, by=by, at=at)
        if changes.state is not None:
            workflows.switch(uow, workflow_id, changes.state, until=changes.until, note=changes.note,
                             by=by, at=at)
    return schemas.workflow(*_rows(workflow_id))


@bp.delete("/<workflow_id>")
@bp.output({}, status_code=204)
@bp.doc(security="token")
@requires("editor")
def delete(workflow_id: str) -> Answer:
    """Delete a workflow. What waits is stopped, what runs finishes, its history stays."""
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, workflow_id, "editor")
        workflows.delete(uow, workflow_id, by=current_user.id, at=clock.now())
    return ""


def _rows(workflow_id: str) -> tuple[Row[Any], list[Row[Any]]]:
    row = queries.by_id(reading(), may_see(current_user), workflow_id)
    return row, queries.triggers(reading(), workflow_id)
