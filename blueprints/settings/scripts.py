"""Whether steps may run scripts on this server: what that means, and the switch."""

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.queries.server import scripts as queries
from engine.services.server import scripts as services

bp = APIBlueprint("scripts", __name__, url_prefix="/settings/scripts", enable_openapi=False)


@bp.get("")
@requires("admin")
def show() -> ResponseReturnValue:
    return render_template("settings/scripts.html", allowed=queries.are_allowed(reading()),
                           users=queries.live_users(reading()))


@bp.post("")
@requires("admin")
def switch() -> ResponseReturnValue:
    allowed = bool(request.form.get("allowed"))
    with writing() as uow:
        services.allow(uow, allowed, by=current_user.id, at=clock.now())
    flash("Scripts may run on this server." if allowed else "Scripts are switched off.", "ok")
    return redirect(url_for(".show"), 303)
