"""Stopping, repeating and ignoring many runs at once, as JSON."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.runs import chosen as chosen_runs
from blueprints.runs.chosen import AGAIN, IGNORE, MOST, STOP
from blueprints.schemas import bulk as schemas
from blueprints.schemas import executions as execution_schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading
from blueprints.shared.security import requires
from engine.queries.runs.executions import Filter
from engine.queries.visibility import authorize_workflow

bp = APIBlueprint("api_bulk", __name__, url_prefix="/api/executions", tag="Executions")


@bp.post("/cancel")
@bp.input(schemas.Chosen, arg_name="chosen")
@bp.output(schemas.RunAnswers)
@bp.doc(security="token")
@requires("operator")
def cancel(chosen: schemas.Chosen) -> Answer:
    """Stop many runs now, up to 10,000 at once. What their steps did is not undone."""
    return _carry_out(chosen, STOP)


@bp.post("/rerun")
@bp.input(schemas.Chosen, arg_name="chosen")
@bp.input(execution_schemas.OrderHeaders, location="headers", arg_name="headers")
@bp.output(schemas.RunAnswers)
@bp.doc(security="token")
@requires("operator")
def rerun(chosen: schemas.Chosen, headers: execution_schemas.OrderHeaders) -> Answer:
    """Start many runs again from their first step, up to 1,000 at once."""
    return _carry_out(chosen, AGAIN, headers.idempotency_key)


@bp.post("/ignore")
@bp.input(schemas.Chosen, arg_name="chosen")
@bp.output(schemas.RunAnswers)
@bp.doc(security="token")
@requires("operator")
def ignore(chosen: schemas.Chosen) -> Answer:
    """Take many runs that failed or look unusual off what needs attention, up to 1,000 at once."""
    return _carry_out(chosen, IGNORE)


def _carry_out(chosen: schemas.Chosen, action: str, key: str | None = None) -> schemas.RunAnswers:
    which = chosen.which()
    if not isinstance(which, Filter):
        return schemas.RunAnswers.of(chosen_runs.carry_out(which, action, key, started_by="api"), more=False)
    authorize_workflow(reading(), current_user, which.workflow_id or "", "operator")
    ids = [row.id for row in chosen_runs.find(which, action)]
    answers = chosen_runs.carry_out(ids[:MOST[action]], action, key, started_by="api")
    return schemas.RunAnswers.of(answers, more=len(ids) > MOST[action])
