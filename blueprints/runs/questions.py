"""What people say about a step of which nobody knows whether it happened."""

from typing import Final

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.partials import question
from blueprints.shared.security import requires
from blueprints.shared.words import step_words
from engine import clock
from engine.domain.errors import Invalid
from engine.queries.runs import repeats, skips
from engine.queries.visibility import authorize_execution
from engine.services.runs import outcomes
from engine.steps import told_apart

bp = APIBlueprint("run_questions", __name__, url_prefix="/executions/<execution_id>", enable_openapi=False)

_TITLES: Final = {outcomes.HAPPENED: "{} happened?", outcomes.RETRY: "Try {} again?",
                  outcomes.SKIP: "Skip {}?"}
_SAID: Final = {outcomes.HAPPENED: "The run goes on.", outcomes.RETRY: "The step is tried again.",
                outcomes.SKIP: "The step is skipped, and the run goes on."}


@bp.get("/outcome")
@requires("operator")
def ask(execution_id: str) -> ResponseReturnValue:
    authorize_execution(reading(), current_user, execution_id, "operator")
    run, key = repeats.origin(reading(), execution_id), request.args.get("step", "")
    names = told_apart(run.definition["steps"])
    answer, position = request.args.get("answer", ""), request.args.get("position", "")
    if answer not in _TITLES:
        raise Invalid("Choose one of the answers on the page of the run", field="answer")
    title = _TITLES[answer].format(step_words(names.get(key, key), position))
    needs = [] if answer == outcomes.RETRY else skips.needing(run, repeats.steps_of(reading(), run), key)
    return question(title, "executions/_outcome.html", run=run, step=key, position=position, answer=answer,
                    needs=needs)


@bp.post("/outcome")
@requires("operator")
def settle(execution_id: str) -> ResponseReturnValue:
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, "operator")
        outcomes.settle(uow, execution_id, text("step"), text("position"), text("answer"),
                        by=current_user.name, user_id=current_user.id, at=clock.now())
    flash(_SAID[text("answer")], "ok")
    return redirect(f"/executions/{execution_id}", 303)
