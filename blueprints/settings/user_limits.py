"""How much the workflows of one account may run; for administrators."""

from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import ValidationError

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from engine import clock
from engine.domain.data.validation import problems_of
from engine.domain.errors import Invalid
from engine.domain.workflows.limits import OwnerLimits
from engine.queries.server import users
from engine.services.people import accounts

bp = APIBlueprint(
    "user_limits", __name__, url_prefix="/settings/users/<user_id>/limits", enable_openapi=False
)


@bp.get("")
@requires("admin")
def show(user_id: str) -> ResponseReturnValue:
    account = users.by_id(reading(), user_id)
    values = {name: getattr(account, name) for name in OwnerLimits.model_fields}
    return render_template("settings/limits.html", account=account, values=values, problems=())


@bp.post("")
@requires("admin")
def save(user_id: str) -> ResponseReturnValue:
    account = users.by_id(reading(), user_id)
    try:
        limits = _limits()
    except Invalid as error:
        return render_template("settings/limits.html", account=account, values=request.form,
                               problems=error.problems), 422
    with writing() as uow:
        accounts.limit(uow, user_id, limits, by=current_user.id, at=clock.now())
    flash(f"The limits of {account.name} are saved.", "ok")
    return redirect("/settings/users", 303)


def _limits() -> OwnerLimits:
    typed: dict[str, Any] = {name: text(name) or None for name in OwnerLimits.model_fields}
    try:
        return OwnerLimits.model_validate(typed, strict=False)
    except ValidationError as error:
        raise Invalid(problems=problems_of(error, typed, OwnerLimits)) from error
