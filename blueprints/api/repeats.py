"""Doing runs again, and saying what became of a step, as JSON."""

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.api import runs_shown
from blueprints.schemas import executions as schemas
from blueprints.schemas import repeats as shapes
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.queries.runs import repeats as queries
from engine.queries.runs import skips
from engine.queries.visibility import authorize_execution
from engine.services.runs import outcomes, repeats

bp = APIBlueprint("api_repeats", __name__, url_prefix="/api/executions/<execution_id>", tag="Executions")


@bp.get("/repeats")
@bp.output(shapes.Repeats)
@bp.doc(security="token")
@requires("operator")
def ahead(execution_id: str) -> Answer:
    """Say what a rerun, resume or skip would come to: what went out, and whether it would do so again."""
    authorize_execution(reading(), current_user, execution_id, "operator")
    run = queries.origin(reading(), execution_id)
    rows = queries.steps_of(reading(), run)
    return shapes.Repeats.model_validate({
        "rerun": {"sent": queries.sent(run, rows)}, "resume": queries.restart(run, rows),
        "skip": skips.skip(run, rows),
    })


@bp.post("/retry")
@bp.post("/rerun", endpoint="rerun")
@bp.input(schemas.Repeat, arg_name="how")
@bp.input(schemas.OrderHeaders, location="headers", arg_name="headers")
@bp.output(schemas.StartedExecution, status_code=202)
@bp.doc(security="token")
@requires("operator")
def retry(execution_id: str, how: schemas.Repeat, headers: schemas.OrderHeaders) -> Answer:
    """Start a new run with the same input from the first step, with the live version or the same one."""
    return _repeat(repeats.rerun, execution_id, how, headers)


@bp.post("/resume")
@bp.input(schemas.Repeat, arg_name="how")
@bp.input(schemas.OrderHeaders, location="headers", arg_name="headers")
@bp.output(schemas.StartedExecution, status_code=202)
@bp.doc(security="token")
@requires("operator")
def resume(execution_id: str, how: schemas.Repeat, headers: schemas.OrderHeaders) -> Answer:
    """Start a new run that goes on where this one failed or was stopped; finished steps are kept."""
    return _repeat(repeats.resume, execution_id, how, headers)


@bp.post("/skip")
@bp.input(schemas.Repeat, arg_name="how")
@bp.input(schemas.OrderHeaders, location="headers", arg_name="headers")
@bp.output(schemas.StartedExecution, status_code=202)
@bp.doc(security="token")
@requires("editor")
def skip(execution_id: str, how: schemas.Repeat, headers: schemas.OrderHeaders) -> Answer:
    """Start a new run that goes on after the failed step of this one, which counts as skipped."""
    return _repeat(repeats.skip, execution_id, how, headers, role="editor", by=current_user.name)


@bp.post("/replay")
@bp.input(schemas.Replay, arg_name="how")
@bp.input(schemas.OrderHeaders, location="headers", arg_name="headers")
@bp.output(schemas.StartedExecution, status_code=202)
@bp.doc(security="token")
@requires("operator")
def replay(execution_id: str, how: schemas.Replay, headers: schemas.OrderHeaders) -> Answer:
    """Start a new run with another input."""
    return _repeat(repeats.replay, execution_id, how, headers, given=how.input)


@bp.post("/steps/<key>/outcome")
@bp.input(schemas.Outcome, arg_name="said")
@bp.output(schemas.Execution)
@bp.doc(security="token")
@requires("operator")
def outcome(execution_id: str, key: str, said: schemas.Outcome) -> Answer:
    """Say what became of a step that waits with `unknown_outcome`: it happened, try again, or skip it."""
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, "operator")
        outcomes.settle(uow, execution_id, key, said.position, said.answer, by=current_user.name,
                        user_id=current_user.id, at=clock.now())
    return runs_shown.whole(execution_id)


def _repeat(
    work: Callable[..., str], execution_id: str, how: schemas.Repeat, headers: schemas.OrderHeaders,
    role: str = "operator", **more: Any,
) -> Answer:
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, role)
        fresh = work(uow, execution_id, user_id=current_user.id, at=clock.now(), version=how.version,
                     idempotency_key=headers.idempotency_key, started_by="api", **more)
    return runs_shown.started(fresh)
