"""The guard in front of every route: set-up first, then who asks, their role, and the CSRF token.

It decides on the matched endpoint, never on the text of the path. What is not listed here is closed.
"""

import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import NotFound, Unauthorized

from blueprints.shared.extensions import csrf, reading, writing
from blueprints.shared.identity import is_api
from engine import clock
from engine.domain.errors import Forbidden
from engine.queries.server import users as user_queries
from engine.queries.visibility import require_role
from engine.services.people import sessions

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

# Open to everybody. Webhooks check a signature of their own.
PUBLIC: Final = frozenset({
    "static", "setup.show", "setup.create", "auth.show", "auth.sign_in", "health.healthz",
    "demo.ok", "openapi.spec", "api_webhooks.receive", "feeds.read",
    "approval_links.show", "approval_links.answer",
})
# Open before the first administrator exists.
_BEFORE_SETUP: Final = frozenset({"static", "setup.show", "setup.create", "health.healthz", "openapi.spec"})
# Called by other programs that hold no session; a forged form gains nothing there.
CSRF_FREE: Final = frozenset({"api_webhooks.receive"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def requires(role: str) -> Callable[[View], View]:
    """Declare the least role a route needs. Every route that changes something must."""
    def declare(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return declare


def required_role(app: Flask, endpoint: str) -> str | None:
    return getattr(app.view_functions[endpoint], "required_role", None)


def init_app(app: Flask) -> None:
    app.url_value_preprocessor(refuse_unspeakable)
    app.before_request(guard)


def refuse_unspeakable(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Nothing is called by a name with a NUL in it, and Postgres would break at the question."""
    if any("\0" in str(value) for value in (values or {}).values()):
        raise NotFound


def guard() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None:
        return None  # nothing matched: the answer is 404 or 405
    if endpoint not in _BEFORE_SETUP and not _is_set_up():
        return _ask_to_set_up()
    if endpoint not in PUBLIC:
        if not current_user.is_authenticated:
            return _ask_to_sign_in()
        _check_role(endpoint)
        _note_use()
    if endpoint not in CSRF_FREE and not _came_with_token():
        csrf.protect()
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    if is_api():
        raise Unauthorized
    if "HX-Request" in request.headers:
        # A redirect would put the sign-in page inside a table.
        return "", 401, {"HX-Redirect": url_for("auth.show")}
    next_path = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.show", next=next_path))


def _ask_to_set_up() -> ResponseReturnValue:
    if is_api():
        raise Unauthorized
    return redirect(url_for("setup.show"))


def _is_set_up() -> bool:
    """Ask the database until the answer is yes; it never goes back to no."""
    known = current_app.extensions["carillon_known"]
    if not known.get("set_up"):
        known["set_up"] = user_queries.is_set_up(reading())
    return bool(known["set_up"])


def _check_role(endpoint: str) -> None:
    declared = required_role(current_app, endpoint)
    if declared is None and request.method not in _SAFE:
        raise Forbidden("Nobody may do this: the route has no role")
    require_role(current_user, declared or "viewer")


def _came_with_token() -> bool:
    return request.endpoint not in PUBLIC and bool(current_user.token_id)


def _note_use() -> None:
    """Keep the session or token alive; a page must still open when nothing can be written."""
    at = clock.now()
    try:
        if current_user.token_id and sessions.is_token_stale(current_user.seen_at, at):
            with writing() as uow:
                sessions.touch_token(uow, current_user.token_id, at)
        elif current_user.session_id and sessions.is_session_stale(current_user.seen_at, at):
            with writing() as uow:
                sessions.touch_session(uow, current_user.session_id, at)
    except OperationalError as error:
        log.warning("the use of a session was not noted: %s", error.orig)
