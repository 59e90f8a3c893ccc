"""Other people's accounts; for administrators."""

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid
from engine.queries.server import users as user_queries
from engine.services.people import accounts, users

bp = APIBlueprint("users", __name__, url_prefix="/settings/users", enable_openapi=False)

ROLE_MEANINGS = (
    ("viewer", "Viewer", "Sees own workflows and their runs"),
    ("operator", "Operator", "And starts, stops and repeats runs"),
    ("editor", "Editor", "And makes and changes workflows"),
    ("admin", "Administrator", "Sees and changes everything, people too"),
)


@bp.get("")
@requires("admin")
def show() -> ResponseReturnValue:
    return _page({"role": "editor"})


@bp.post("")
@requires("admin")
def create() -> ResponseReturnValue:
    """Answer with the page itself, so that the temporary password is stored nowhere."""
    try:
        with writing() as uow:
            _, password = users.create_user(
                uow, by=current_user.id, email=text("email"), name=text("name"), role=text("role"),
                timezone=current_user.timezone, at=clock.now(),
            )
    except Invalid as error:
        return _page(request.form, error), 422
    return _page({"role": "editor"}, shown=(text("email"), password)), 201


@bp.post("/<user_id>/role")
@requires("admin")
def change_role(user_id: str) -> ResponseReturnValue:
    with writing() as uow:
        accounts.change_role(uow, user_id, text("role"), by=current_user.id, at=clock.now())
    return _done("The role is changed. It holds from the next sign-in.")


@bp.post("/<user_id>/disable")
@requires("admin")
def disable(user_id: str) -> ResponseReturnValue:
    with writing() as uow:
        accounts.disable(uow, user_id, by=current_user.id, at=clock.now())
    return _done("The account is switched off, and its sessions and tokens with it.")


@bp.post("/<user_id>/enable")
@requires("admin")
def enable(user_id: str) -> ResponseReturnValue:
    with writing() as uow:
        accounts.enable(uow, user_id, by=current_user.id, at=clock.now())
    return _done("The account is switched on again.")


@bp.post("/<user_id>/password")
@requires("admin")
def reset_password(user_id: str) -> ResponseReturnValue:
    with writing() as uow:
        password = accounts.reset_password(uow, user_id, by=current_user.id, at=clock.now())
    return _page({"role": "editor"}, shown=(user_queries.email_of(reading(), user_id), password))


def _page(values: object, error: Invalid | None = None, shown: tuple[str, str] | None = None) -> str:
    return render_template(
        "settings/users.html", values=values, problems=error.problems if error else (), shown=shown,
        people=user_queries.everyone(reading()), roles=ROLE_MEANINGS,
    )


def _done(sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for(".show"), 303)
