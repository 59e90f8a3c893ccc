"""One's own account: name, zone, theme, password, where one is signed in."""

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.identity import sign_in
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid
from engine.domain.time.zones import zone_choices
from engine.queries.server import users as user_queries
from engine.services.people import accounts, sessions

bp = APIBlueprint("account", __name__, url_prefix="/account", enable_openapi=False)


@bp.get("")
def show() -> ResponseReturnValue:
    return _page(vars(current_user._get_current_object()))


@bp.post("")
@requires("viewer")
def save() -> ResponseReturnValue:
    try:
        with writing() as uow:
            accounts.update_profile(uow, current_user.id, name=text("name"), timezone=text("timezone"),
                                    theme=text("theme"), at=clock.now())
    except Invalid as error:
        return _page(request.form, error), 422
    flash("Your account is saved.", "ok")
    return redirect(url_for(".show"), 303)


@bp.post("/password")
@requires("viewer")
def change_password() -> ResponseReturnValue:
    user_id, known = current_user.id, session.get("known")
    try:
        with writing() as uow:
            accounts.change_password(uow, user_id, current=request.form.get("current", ""),
                                     new=request.form.get("password", ""), at=clock.now())
    except Invalid as error:
        return _page(vars(current_user._get_current_object()), error), 422
    sign_in(user_id)
    session["known"] = known
    flash("Your password is changed. Other browsers must sign in again.", "ok")
    return redirect(url_for(".show"), 303)


@bp.post("/sessions/end")
@requires("viewer")
def end_other_sessions() -> ResponseReturnValue:
    with writing() as uow:
        sessions.end_all(uow, current_user.id, except_for=current_user.session_id)
    flash("You are signed out everywhere but here.", "ok")
    return redirect(url_for(".show"), 303)


def _page(values: object, error: Invalid | None = None) -> str:
    at = clock.now()
    return render_template(
        "account/account.html", values=values, problems=error.problems if error else (),
        zones=zone_choices(at), sessions=user_queries.sessions_of(reading(), current_user.id, at),
    )
