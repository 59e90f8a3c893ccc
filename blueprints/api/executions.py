"""Runs as JSON: started, listed, shown and stopped."""

from datetime import datetime

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.api import runs_shown
from blueprints.schemas import executions as schemas
from blueprints.schemas.base import Answer
from blueprints.schemas.run_steps import StepsQuery
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid
from engine.queries.runs import executions as queries
from engine.queries.runs import holds
from engine.queries.visibility import authorize_execution, authorize_workflow, may_see
from engine.services.runs import executions, ignoring
from engine.services.workflows import dry_runs

bp = APIBlueprint("api_executions", __name__, url_prefix="/api", tag="Executions")


@bp.post("/workflows/<workflow_id>/execute")
@bp.input(schemas.Order, arg_name="order")
@bp.input(schemas.OrderHeaders, location="headers", arg_name="headers")
@bp.output(schemas.StartedExecution, status_code=202)
@bp.doc(security="token")
@requires("operator")
def execute(workflow_id: str, order: schemas.Order, headers: schemas.OrderHeaders) -> Answer:
    """Start a run of the live version.

    With an `Idempotency-Key` that was sent before for this workflow, the answer is the run it started then.
    """
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, workflow_id, "operator")
        execution_id = executions.start(
            uow, workflow_id, started_by="api", given=order.input, user_id=current_user.id,
            idempotency_key=headers.idempotency_key, at=clock.now(),
        )
    return runs_shown.started(execution_id)


@bp.post("/workflows/<workflow_id>/dry-run")
@bp.input(schemas.DryRun, arg_name="order")
@bp.input(schemas.OrderHeaders, location="headers", arg_name="headers")
@bp.output(schemas.StartedExecution, status_code=202)
@bp.doc(security="token")
@requires("operator")
def dry_run(workflow_id: str, order: schemas.DryRun, headers: schemas.OrderHeaders) -> Answer:
    """Go through all steps and show what each would send; nothing leaves the server."""
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, workflow_id, dry_runs.role(order.version))
        execution_id = dry_runs.start(
            uow, workflow_id, order.version, by=current_user.id, given=order.input,
            idempotency_key=headers.idempotency_key, at=clock.now(), started_by="api",
        )
    return runs_shown.started(execution_id)


@bp.get("/executions")
@bp.input(schemas.ExecutionQuery, location="query", arg_name="query")
@bp.output(schemas.ExecutionPage)
@bp.doc(security="token")
def index(query: schemas.ExecutionQuery) -> Answer:
    """List runs, newest first."""
    if query.workflow_id is not None:
        authorize_workflow(reading(), current_user, query.workflow_id)
    narrowed = queries.Filter(workflow_id=query.workflow_id, status=query.status, dry_run=query.dry_run,
                              unusual=query.unusual, step=query.error_step)
    before = _place(query.after) if query.after else None
    rows = queries.page(reading(), may_see(current_user), narrowed, before=before, limit=query.limit + 1)
    shown, at = rows[:query.limit], clock.now()
    waiting = holds.of(reading(), shown, at)
    more = len(rows) > query.limit
    return schemas.ExecutionPage(
        executions=[schemas.summary(row, waiting.get(row.id), at) for row in shown],
        next=shown[-1].id if more else None,
    )


@bp.get("/executions/<execution_id>")
@bp.input(StepsQuery, location="query", arg_name="query")
@bp.output(schemas.Execution)
@bp.doc(security="token")
def show(execution_id: str, query: StepsQuery) -> Answer:
    """Show one run with its steps and its log."""
    return runs_shown.whole(execution_id, query.position)


@bp.post("/executions/<execution_id>/cancellation")
@bp.output(schemas.Execution)
@bp.doc(security="token")
@requires("operator")
def cancel(execution_id: str) -> Answer:
    """Stop a run now. What its steps did is not undone."""
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, "operator")
        executions.cancel(uow, execution_id, by=current_user.name, at=clock.now())
    return runs_shown.whole(execution_id)


@bp.post("/executions/<execution_id>/ignore")
@bp.output(schemas.Execution)
@bp.doc(security="token")
@requires("operator")
def ignore(execution_id: str) -> Answer:
    """Take a run that failed or looks unusual off what needs attention; earlier ones of its workflow too."""
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, "operator")
        ignoring.ignore(uow, execution_id, by=current_user.name, user_id=current_user.id, at=clock.now())
    return runs_shown.whole(execution_id)


@bp.delete("/executions/<execution_id>/ignore")
@bp.output(schemas.Execution)
@bp.doc(security="token")
@requires("operator")
def take_back(execution_id: str) -> Answer:
    """Put a run back among what needs attention."""
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, "operator")
        ignoring.take_back(uow, execution_id, user_id=current_user.id, at=clock.now())
    return runs_shown.whole(execution_id)


def _place(execution_id: str) -> tuple[datetime, str]:
    rows = queries.rows(reading(), may_see(current_user), [execution_id])
    if not rows:
        raise Invalid("There is no such run to go on from. Start again without “after”.", field="after")
    return rows[0].queued_at, rows[0].id
