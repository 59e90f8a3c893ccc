"""Every route there is: closed to strangers, with a role, and with a form token."""

from collections.abc import Callable, Iterator

import pytest
from apiflask import APIFlask
from werkzeug.routing import Rule

from blueprints.shared.security import CSRF_FREE, PUBLIC, required_role
from engine.domain.people.roles import ROLES
from tests.web.browser import Browser

SAFE = {"GET", "HEAD", "OPTIONS"}


def routes(app: APIFlask, *, safe: bool) -> Iterator[tuple[Rule, str, str]]:
    """Every rule with one of its methods and an address that matches it; sockets ask for more."""
    for rule in app.url_map.iter_rules():
        if rule.websocket:
            continue
        values = {name: 1 if "Int" in type(converter).__name__ else "x"
                  for name, converter in rule._converters.items()}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if (method in SAFE) == safe:
                yield rule, method, rule.build(values)[1]


def test_a_stranger_reads_only_public_pages(app: APIFlask, admin_id: str, stranger: Browser) -> None:
    for rule, method, path in routes(app, safe=True):
        answer = stranger.client.open(path, method=method)
        if rule.endpoint in PUBLIC:
            continue
        if path.startswith("/api/"):
            assert answer.status_code == 401, rule
        else:
            assert (answer.status_code, answer.location.split("?")[0]) == (302, "/login"), rule


def test_a_stranger_changes_nothing(app: APIFlask, admin_id: str, stranger: Browser) -> None:
    for rule, method, path in routes(app, safe=False):
        if rule.endpoint not in PUBLIC:
            answer = stranger.client.open(path, method=method)
            assert answer.status_code in (302, 401), rule


def test_every_route_that_changes_something_declares_a_role(app: APIFlask) -> None:
    bare = [str(rule) for rule, _, _ in routes(app, safe=False)
            if rule.endpoint not in PUBLIC and required_role(app, rule.endpoint) not in ROLES]
    assert bare == []


def test_every_change_needs_the_token_of_the_form(app: APIFlask, ann: Browser) -> None:
    for rule, method, path in routes(app, safe=False):
        if rule.endpoint not in CSRF_FREE:
            answer = ann.client.open(path, method=method)
            assert answer.status_code == 400, rule
            text_plain = ann.client.open(path, method=method, data="csrf_token=x", content_type="text/plain")
            assert text_plain.status_code == 400, rule


@pytest.mark.parametrize("role", ["viewer", "operator", "editor"])
def test_nobody_does_what_their_role_does_not_allow(
    app: APIFlask, signed_in: Callable[[str], Browser], role: str
) -> None:
    browser = signed_in(role)
    token = browser.csrf_token()
    for rule, method, path in routes(app, safe=False):
        needed = required_role(app, rule.endpoint)
        if needed and ROLES.index(needed) > ROLES.index(role):
            answer = browser.client.open(path, method=method, headers={"X-CSRFToken": token})
            assert answer.status_code == 403, rule


def test_before_there_is_an_administrator_pages_lead_to_set_up(app: APIFlask, stranger: Browser) -> None:
    for rule, method, path in routes(app, safe=True):
        answer = stranger.client.open(path, method=method)
        if path.startswith("/api/") and rule.endpoint != "openapi.spec":
            assert answer.status_code == 401, rule
        elif rule.endpoint not in ("setup.show", "static", "health.healthz", "openapi.spec"):
            assert (answer.status_code, answer.location) == (302, "/setup"), rule


@pytest.mark.parametrize(
    "path", ["/account%2f", "//account", "/account;x", "/static/../account", "/login/../account"]
)
def test_an_odd_spelling_of_an_address_opens_nothing(stranger: Browser, admin_id: str, path: str) -> None:
    assert stranger.get(path).status_code in (302, 308, 404)
