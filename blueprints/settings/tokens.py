"""API tokens of one's own account."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid
from engine.domain.people.roles import SCOPES
from engine.queries.server import users as user_queries
from engine.queries.visibility import require_role
from engine.services.people import accounts, users

bp = APIBlueprint("tokens", __name__, url_prefix="/settings/tokens", enable_openapi=False)

_MEANINGS = {
    "read": ("Look", "See workflows and runs"),
    "run": ("Run", "And start, stop and repeat runs"),
    "write": ("Change", "And make and change workflows"),
    "admin": ("Everything", "All that an administrator may do"),
}


@bp.get("")
def show() -> ResponseReturnValue:
    return _page({"scope": "read"})


@bp.post("")
@requires("viewer")
def create() -> ResponseReturnValue:
    """Answer with the page itself: the token is shown once and stored nowhere, not in a cookie either."""
    scope = text("scope")
    require_role(current_user, SCOPES.get(scope, "viewer"))
    try:
        with writing() as uow:
            _, token = users.create_token(
                uow, user_id=current_user.id, name=text("name"), scopes=[scope], at=clock.now(),
                expires_at=_end_of_day(text("expires_at")),
            )
    except Invalid as error:
        return _page(request.form, error), 422
    return _page({"scope": "read"}, token=token), 201


@bp.post("/<token_id>/revoke")
@requires("viewer")
def revoke(token_id: str) -> ResponseReturnValue:
    with writing() as uow:
        accounts.revoke_token(uow, token_id, user_id=current_user.id, at=clock.now())
    flash("The token is revoked. Programs that use it can't get in any more.", "ok")
    return redirect(url_for(".show"), 303)


def _page(values: object, error: Invalid | None = None, token: str | None = None) -> str:
    scopes = [(s, *_MEANINGS[s]) for s, role in SCOPES.items() if current_user.may(role)]
    return render_template(
        "settings/tokens.html", values=values, problems=error.problems if error else (), token=token,
        scopes=scopes, tokens=user_queries.tokens_of(reading(), current_user.id),
    )


def _end_of_day(day: str) -> datetime | None:
    """Return the last moment of the day in the person's zone; None when no day was given."""
    if not day:
        return None
    try:
        last = date.fromisoformat(day)
    except ValueError:
        raise Invalid("Enter a day, like 2027-03-31", field="expires_at") from None
    return datetime.combine(last, time.max, ZoneInfo(current_user.timezone)).astimezone(UTC)
