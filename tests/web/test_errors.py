"""What errors look like to people and to programs, and the headers of every answer."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from apiflask import APIFlask
from flask import Blueprint
from sqlalchemy.exc import OperationalError

from app import create_app
from blueprints.shared.security import requires
from engine.config import Settings
from engine.domain.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from tests.web.browser import Browser

RAISED = {
    "invalid": Invalid(problems=[Problem("Enter a name", "name"), Problem("Enter a time", "time")]),
    "missing": NotFound("There is no such workflow"),
    "conflict": Conflict("It is off"),
    "forbidden": Forbidden("Only editors may do this"),
    "bug": ZeroDivisionError("secret detail"),
    "database": OperationalError("SELECT secret", {}, Exception("database is locked")),
}


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    app = create_app(settings)
    for prefix in ("/pages", "/api/things"):
        app.register_blueprint(_broken(prefix))
    yield app
    app.extensions["carillon"].database.close()


def _broken(prefix: str) -> Blueprint:
    bp = Blueprint(prefix.replace("/", "_"), __name__, url_prefix=prefix)

    @bp.route("/<kind>", methods=["GET", "POST"])
    @requires("viewer")
    def fail(kind: str) -> str:
        raise RAISED[kind]

    return bp


@pytest.mark.parametrize(("kind", "status", "text"), [
    ("invalid", 422, "Enter a name"),
    ("missing", 404, "There is no such workflow"),
    ("conflict", 409, "It is off"),
    ("forbidden", 403, "Only editors may do this"),
    ("bug", 500, "Reference"),
    ("database", 503, "Try again in a minute"),
])
def test_people_get_a_page_that_says_what_happened(ann: Browser, kind: str, status: int, text: str) -> None:
    answer = ann.get(f"/pages/{kind}")
    assert answer.status_code == status
    assert text in answer.text
    assert answer.mimetype == "text/html"
    assert "secret" not in answer.text


@pytest.mark.parametrize(("kind", "status", "code"), [
    ("invalid", 422, "invalid"), ("missing", 404, "not_found"), ("conflict", 409, "conflict"),
    ("forbidden", 403, "forbidden"), ("bug", 500, "internal"), ("database", 503, "unavailable"),
])
def test_programs_get_json_with_a_code(ann: Browser, kind: str, status: int, code: str) -> None:
    answer = ann.get(f"/api/things/{kind}")
    assert answer.status_code == status
    assert answer.json["error"]["code"] == code
    assert "secret" not in answer.text


def test_a_program_hears_of_every_problem_at_once(ann: Browser) -> None:
    error = ann.get("/api/things/invalid").json["error"]
    assert (error["message"], error["field"]) == ("Enter a name", "name")
    assert [problem["field"] for problem in error["problems"]] == ["name", "time"]


@pytest.mark.parametrize(("line", "options", "status", "code"), [
    ("GET /api/nothing", {}, 404, "not_found"),
    ("DELETE /api/tokens", {}, 405, "method_not_allowed"),
    ("POST /api/tokens", {"data": "{"}, 400, "bad_request"),
    ("POST /api/tokens", {"data": '{"name": NaN}'}, 400, "bad_request"),
    ("POST /api/tokens", {"data": "[" * 200_000}, 400, "bad_request"),
    ("POST /api/tokens", {"data": b"x" * 1_100_000}, 413, "too_large"),
    ("POST /api/tokens", {"json": {"name": 1, "scopes": []}}, 422, "invalid"),
    ("POST /api/tokens", {"json": []}, 422, "invalid"),
    ("POST /api/tokens", {"json": {"name": "x", "scopes": ["all"]}}, 422, "invalid"),
])
def test_what_the_interface_refuses_is_json_too(
    ann: Browser, line: str, options: dict, status: int, code: str
) -> None:
    method, path = line.split()
    headers = {"X-CSRFToken": ann.csrf_token(), "Content-Type": "application/json"}
    answer = ann.client.open(path, method=method, headers=headers, **options)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


def test_a_stranger_at_the_interface_is_told_how_to_get_in(stranger: Browser, admin_id: str) -> None:
    answer = stranger.get("/api/tokens")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_form_without_its_token_says_to_reload(ann: Browser) -> None:
    answer = ann.client.post("/account")
    assert answer.status_code == 400
    assert "reload it and try again" in answer.text


@pytest.mark.parametrize(
    "path", ["/login", "/nothing", "/api/nothing", "/pages/bug", "/static/favicon.svg", "/healthz"]
)
def test_every_answer_carries_the_security_headers(ann: Browser, path: str) -> None:
    headers = ann.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_https_brings_the_host_cookie_and_strict_transport(settings: Settings, admin_id: str) -> None:
    app = create_app(replace(settings, base_url="https://carillon.example"))
    answer = app.test_client().get("/login", base_url="https://carillon.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-carillon=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    app.extensions["carillon"].database.close()


def test_what_a_database_can_not_keep_is_refused_and_breaks_nothing(ann: Browser) -> None:
    assert ann.get("/monitoring?q=%00").status_code in (200, 422)
    assert ann.post("/workflows/new", {"name": "a\0b"}).status_code in (303, 422)
