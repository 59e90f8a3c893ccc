"""What runs ask people: the open questions, and answering one."""

from collections.abc import Sequence

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import parts, reading, writing
from blueprints.shared.forms import text
from blueprints.shared.partials import question
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.queries.runs import questions
from engine.queries.visibility import authorize_workflow, may_see
from engine.services.runs import approvals

bp = APIBlueprint("approvals", __name__, url_prefix="/approvals", enable_openapi=False)


@bp.get("")
def index() -> ResponseReturnValue:
    found = questions.page(reading(), may_see(current_user), clock.now(), limit=100)
    return render_template("approvals/list.html", questions=found)


@bp.get("/<approval_id>")
def show(approval_id: str) -> ResponseReturnValue:
    return _page(approval_id)


@bp.post("/<approval_id>")
@requires("operator")
def answer(approval_id: str) -> ResponseReturnValue:
    at = clock.now()
    row = questions.one(reading(), may_see(current_user), approval_id, at)
    try:
        with writing() as uow:
            authorize_workflow(uow.connection, current_user, row.workflow_id, "operator")
            approvals.answer(uow, approval_id, text("answer"), by=current_user.name, note=text("note"),
                             user_id=current_user.id, at=at)
    except Invalid as error:
        return _page(approval_id, error.problems), 422
    flash(f"You answered “{text('answer')}”. The run goes on with it.", "ok")
    return redirect(f"/executions/{row.execution_id}", 303)


def _page(approval_id: str, problems: Sequence[Problem] = ()) -> str:
    row = questions.one(reading(), may_see(current_user), approval_id, clock.now())
    return question(
        row.workflow_name, "approvals/_question.html", row=row, mails=questions.mails(reading(), approval_id),
        sends_mail=parts().settings.mail_server is not None, note=request.form.get("note", ""),
        problems=problems, action=f"/approvals/{approval_id}", may_answer=current_user.may("operator"),
    )
