"""Doing a run again: from the start, from where it stopped, after that, or with changed data. Each asks."""

from collections.abc import Callable, Mapping, Sequence
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
from engine.domain.data.masking import Secrets
from engine.domain.errors import Conflict, Invalid, Problem
from engine.domain.ids import new_id
from engine.queries.runs import repeats as queries
from engine.queries.runs import skips
from engine.queries.runs.repeats import Sent
from engine.queries.visibility import authorize_execution
from engine.services.runs import repeats

bp = APIBlueprint("run_repeats", __name__, url_prefix="/executions/<execution_id>", enable_openapi=False)


@bp.get("/retry")
@requires("operator")
def ask_to_rerun(execution_id: str) -> ResponseReturnValue:
    return _rerun_question(execution_id)


@bp.post("/retry")
@requires("operator")
def rerun(execution_id: str) -> ResponseReturnValue:
    return _repeat(repeats.rerun, _rerun_question, execution_id)


@bp.get("/resume")
@requires("operator")
def ask_to_resume(execution_id: str) -> ResponseReturnValue:
    return _resume_question(execution_id)


@bp.post("/resume")
@requires("operator")
def resume(execution_id: str) -> ResponseReturnValue:
    return _repeat(repeats.resume, _resume_question, execution_id)


@bp.get("/skip")
@requires("editor")
def ask_to_skip(execution_id: str) -> ResponseReturnValue:
    return _skip_question(execution_id)


@bp.post("/skip")
@requires("editor")
def skip(execution_id: str) -> ResponseReturnValue:
    return _repeat(repeats.skip, _skip_question, execution_id, role="editor", by=current_user.name)


@bp.get("/replay")
@requires("operator")
def ask_to_replay(execution_id: str) -> ResponseReturnValue:
    return _data_form(_origin(execution_id))


@bp.post("/replay")
@requires("operator")
def replay(execution_id: str) -> ResponseReturnValue:
    run = _origin(execution_id)
    if is_untold():
        return _data_form(run, request.form), 409
    try:
        given = inputs.read(run.input, request.form)
        with writing() as uow:
            authorize_execution(uow.connection, current_user, execution_id, "operator")
            fresh = repeats.replay(uow, execution_id, given, **_how())
    except Invalid as error:
        return _data_form(run, request.form, error.problems), 422
    return _to(fresh)


def _repeat(
    repeat: Callable[..., str], ask: Callable[[str], str], execution_id: str, role: str = "operator",
    **more: Any,
) -> ResponseReturnValue:
    if is_untold():
        return ask(execution_id), 409
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, role)
        fresh = repeat(uow, execution_id, **_how(), **more)
    return _to(fresh)


def _origin(execution_id: str) -> Row[Any]:
    authorize_execution(reading(), current_user, execution_id, "operator")
    return queries.origin(reading(), execution_id)


def _rerun_question(execution_id: str) -> str:
    run = _origin(execution_id)
    return _ask("Run this again from the start?", "_again", run, sent=_sent(run))


def _resume_question(execution_id: str) -> str:
    run = _origin(execution_id)
    here = queries.restart(run, queries.steps_of(reading(), run))
    if here is None:
        raise Conflict("No step of this run can be continued. Run it from the start instead.")
    return _ask(f"Continue from {here.name}?", "_continue", run, here=here)


def _skip_question(execution_id: str) -> str:
    run = _origin(execution_id)
    left_out = skips.skip(run, queries.steps_of(reading(), run))
    if left_out is None:
        raise Conflict("This run did not fail with one of its steps, so there is none to skip.")
    return _ask(f"Skip {left_out.name} and continue?", "_skip", run, left_out=left_out)


def _sent(run: Row[Any]) -> Sequence[Sent]:
    return queries.sent(run, queries.steps_of(reading(), run))


def _data_form(
    run: Row[Any], typed: Mapping[str, str] | None = None, problems: Sequence[Problem] = ()
) -> str:
    plain = Secrets(run.input).mask(run.input)
    shown = {name: value for name, value in run.input.items() if plain[name] == value}
    return _ask("Run this with changed data", "_replay", run, sent=_sent(run),
                fields=inputs.fields(shown, typed), hidden=sorted(run.input.keys() - shown.keys()),
                problems=problems, version=(typed or {}).get("version"))


def _ask(title: str, body: str, run: Row[Any], **context: Any) -> str:
    return question(title, f"executions/{body}.html", run=run, key=new_id(clock.now()), **context)


def _how() -> dict[str, Any]:
    """Read what all three forms have; the key makes one run of a form that is sent twice."""
    return {"user_id": current_user.id, "at": clock.now(), "version": text("version") or None,
            "idempotency_key": text("key")[:100] or None}


def _to(execution_id: str) -> ResponseReturnValue:
    return redirect(f"/executions/{execution_id}", 303)
