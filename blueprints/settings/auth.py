"""Signing in and out."""

import logging
import secrets

from apiflask import APIBlueprint
from flask import Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user

from blueprints.shared.extensions import limiter, reading
from blueprints.shared.forms import local_path, text
from blueprints.shared.identity import sign_in as open_session
from blueprints.shared.identity import sign_out as close_session
from blueprints.shared.security import requires
from engine.domain.errors import Invalid
from engine.domain.people.profiles import tidy_email
from engine.services.people import sessions

log = logging.getLogger(__name__)

bp = APIBlueprint("auth", __name__, enable_openapi=False)


def _account() -> str:
    """Name what is throttled: the account, except on a browser that signed in to it before.

    So nobody can lock somebody else out of a browser they use.
    """
    email = tidy_email(text("email"))
    known = session.get("known", {})
    return f"browser:{known['id']}" if known.get("email") == email else f"account:{email}"


def _failed(response: Response) -> bool:
    return response.status_code == 422


@bp.get("/login")
def show() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(local_path(request.args.get("next")) or "/")
    return render_template("auth/login.html", values=request.args, problems=())


@bp.post("/login")
@limiter.limit("30 per 10 minutes", key_func=get_remote_address, deduct_when=_failed)
@limiter.limit("10 per 10 minutes", key_func=_account, deduct_when=_failed)
def sign_in() -> ResponseReturnValue:
    try:
        user_id = sessions.authenticate(reading(), text("email"), request.form.get("password", ""))
    except Invalid as error:
        log.warning("sign-in refused for %r from %s", text("email")[:254], request.remote_addr)
        page = render_template("auth/login.html", values=request.form, problems=error.problems)
        return page, 422
    open_session(user_id)
    session["known"] = {"email": tidy_email(text("email")), "id": secrets.token_hex(8)}
    return redirect(local_path(request.form.get("next")) or "/", 303)


@bp.post("/logout")
@requires("viewer")
def sign_out() -> ResponseReturnValue:
    known = session.get("known")
    close_session()
    session["known"] = known
    return redirect(url_for(".show"), 303)
