"""What an error looks like from outside: one table of statuses, a page for people, JSON for programs."""

import logging
import secrets
from collections.abc import Sequence
from typing import Any, Final

from apiflask import APIFlask, HTTPError
from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError
from werkzeug.exceptions import HTTPException

from blueprints.shared.identity import forget_user
from engine.connecting import is_full, is_unavailable
from engine.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    StepFailed,
)

log = logging.getLogger(__name__)

STATUSES: Final[dict[type[DomainError], int]] = {
    Invalid: 422, NotFound: 404, Conflict: 409, Forbidden: 403, StepFailed: 422,
}

# Code and sentence for what the web server itself refuses.
_PLAIN: Final = {
    400: ("bad_request", "This request can't be read"),
    401: ("unauthorized", "Sign in, or send an API token"),
    403: ("forbidden", "You may not do this"),
    404: ("not_found", "There is nothing at this address"),
    405: ("method_not_allowed", "This address can't be used in this way"),
    413: ("too_large", "This is too large. Send 1 MB or less"),
    415: ("unsupported_media_type", "Send JSON, with the header Content-Type: application/json"),
    429: ("too_many_requests", "Too many tries. Wait a minute, then try again"),
    500: ("internal", "Something went wrong here, not with what you did"),
    503: ("unavailable", "The database can't be reached. Try again in a minute"),
}
_DISK_FULL: Final = Problem(
    "The disk of this server is full, so nothing new can be kept. Tell your administrator", code="disk_full"
)


def init_app(app: APIFlask) -> None:
    app.error_processor(show_validation_error)  # first: it would take HTTPException away from us
    app.register_error_handler(DomainError, show_domain_error)
    app.register_error_handler(CSRFError, show_csrf_error)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(DBAPIError, show_database_error)
    app.register_error_handler(Exception, show_unexpected_error)


def status_of(error: DomainError) -> int:
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)


def show_domain_error(error: DomainError) -> ResponseReturnValue:
    return _answer(status_of(error), error.problems)


def show_csrf_error(error: CSRFError) -> ResponseReturnValue:
    message = "This page was open too long. Go back, reload it and try again"
    return _answer(400, (Problem(message, None, "csrf"),))


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    response = _plain(error.code)
    if "Allow" in (headers := dict(error.get_headers())):
        response.headers["Allow"] = headers["Allow"]
    if error.code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def show_validation_error(error: HTTPError) -> Response:
    """Answer for what APIFlask refused: `detail` is {location: {field: [message]}}."""
    problems = [
        Problem(message, None if field == "_schema" else field)
        for fields in (error.detail or {}).values() if isinstance(fields, dict)
        for field, messages in fields.items() for message in messages
    ]
    return _answer(error.status_code, problems) if problems else _plain(error.status_code)


def show_database_error(error: DBAPIError) -> ResponseReturnValue:
    if isinstance(error, DataError):
        return show_domain_error(Invalid("Something in this can't be kept. Leave out unusual characters"))
    if not is_unavailable(error):
        return show_unexpected_error(error)
    log.error("the database can't be used: %s", error.orig)
    forget_user()
    response = _answer(503, (_DISK_FULL,)) if is_full(error) else _plain(503)
    response.headers["Retry-After"] = "10"
    return response


def show_unexpected_error(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    log.error("reference %s", reference, exc_info=error)
    forget_user()
    return _plain(500, reference)


def _plain(status: int, reference: str | None = None) -> Response:
    code, message = _PLAIN.get(status, ("error", "This can't be done"))
    return _answer(status, (Problem(message, None, code),), reference)


def _answer(status: int, problems: Sequence[Problem], reference: str | None = None) -> Response:
    if _wants_json():
        return make_response({"error": _as_json(problems, reference)}, status)
    page = render_template("errors/error.html", status=status, message=problems[0].message,
                           problems=problems, reference=reference)
    return make_response(page, status)


def _wants_json() -> bool:
    """Only how an error looks hangs on the path: where nothing matched, there is no endpoint to ask."""
    return request.path.startswith("/api/")


def _as_json(problems: Sequence[Problem], reference: str | None) -> dict[str, Any]:
    first, *more = ({"code": p.code, "message": p.message, "field": p.field} for p in problems)
    body: dict[str, Any] = dict(first)
    if more:
        body["problems"] = [first, *more]
    if reference:
        body["reference"] = reference
    return body
