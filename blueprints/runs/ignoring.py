"""Taking a run off what needs attention, and putting it back. Each asks first."""

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import local_path, text
from blueprints.shared.partials import question
from blueprints.shared.security import requires
from engine import clock
from engine.queries.overview import attention
from engine.queries.runs import executions
from engine.queries.visibility import authorize_execution, may_see
from engine.services.runs import ignoring

bp = APIBlueprint("run_ignoring", __name__, url_prefix="/executions/<execution_id>/ignore",
                  enable_openapi=False)


@bp.get("")
@requires("operator")
def ask(execution_id: str) -> ResponseReturnValue:
    """Ask to ignore it, or whether it is to be seen again; `?next=` is where to go then."""
    run = executions.run(reading(), may_see(current_user), execution_id, log_lines=0).row
    ignored = attention.ignored(reading(), [execution_id]).get(execution_id)
    title = "Show this on Home again?" if ignored else "Ignore this run?"
    return question(title, "executions/_ignore.html", run=run, ignored=ignored,
                    back=_back(request.args.get("next"), execution_id))


@bp.post("")
@requires("operator")
def ignore(execution_id: str) -> ResponseReturnValue:
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, "operator")
        ignoring.ignore(uow, execution_id, by=current_user.name, user_id=current_user.id, at=clock.now())
    flash("It no longer stands under “Needs attention”.", "ok")
    return redirect(_back(text("next"), execution_id), 303)


@bp.post("/undo")
@requires("operator")
def take_back(execution_id: str) -> ResponseReturnValue:
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, "operator")
        ignoring.take_back(uow, execution_id, user_id=current_user.id, at=clock.now())
    flash("It stands under “Needs attention” again, unless a later run went well.", "ok")
    return redirect(_back(text("next"), execution_id), 303)


def _back(path: str | None, execution_id: str) -> str:
    return local_path(path) or f"/executions/{execution_id}"
