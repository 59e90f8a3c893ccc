"""API tokens: shown once, limited by scope and role, dead when they should be."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from engine.db import Database
from engine.services.people import users
from tests.support.stories import Clock
from tests.web.browser import Browser


@pytest.fixture
def program(app: APIFlask) -> FlaskClient:
    """A program with no cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def make_token(database: Database, admin_id: str, at: datetime) -> Callable[..., str]:
    def make(*scopes: str, user_id: str = admin_id, **more: datetime) -> str:
        with database.transaction() as uow:
            return users.create_token(uow, user_id=user_id, name="shop", scopes=scopes, at=at, **more)[1]

    return make


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_made_on_the_page_is_shown_once_and_works(ann: Browser, program: FlaskClient) -> None:
    page = ann.post("/settings/tokens", {"name": "shop server", "scope": "read"})
    assert page.status_code == 201
    token = page.text.split('id="new-token">')[1].split("<")[0]
    assert token not in ann.get("/settings/tokens").text
    assert program.get("/api/tokens", headers=bearer(token)).json["tokens"][0]["name"] == "shop server"


def test_a_token_without_a_name_or_with_a_past_end_is_refused_with_all_kept(ann: Browser) -> None:
    answer = ann.post("/settings/tokens", {"name": "", "scope": "run", "expires_at": "2020-01-01"})
    assert answer.status_code == 422
    assert "Enter a name for the token" in answer.text
    assert "Choose a day in the future" in answer.text
    assert 'value="2020-01-01"' in answer.text


def test_the_database_holds_no_token(make_token: Callable[..., str], database: Database) -> None:
    token = make_token("admin")
    with database.reading() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM api_tokens").all())
        noted = str(connection.exec_driver_sql("SELECT * FROM audit_log").all())
    assert token not in kept + noted


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("run", 403), ("write", 403), ("admin", 201)])
def test_a_token_that_may_do_less_than_its_account_makes_no_tokens(
    program: FlaskClient, make_token: Callable[..., str], scope: str, status: int
) -> None:
    new = {"name": "x", "scopes": ["read"]}
    answer = program.post("/api/tokens", headers=bearer(make_token(scope)), json=new)
    assert answer.status_code == status


def test_a_program_needs_no_form_token(program: FlaskClient, make_token: Callable[..., str]) -> None:
    new = {"name": "x", "scopes": ["run"]}
    made = program.post("/api/tokens", headers=bearer(make_token("admin")), json=new).json
    assert program.get("/api/tokens", headers=bearer(made["token"])).status_code == 200
    gone = program.delete(f"/api/tokens/{made['id']}", headers=bearer(make_token("admin")))
    assert gone.status_code == 204
    assert program.get("/api/tokens", headers=bearer(made["token"])).status_code == 401


def test_a_token_opens_no_page_for_people(program: FlaskClient, make_token: Callable[..., str]) -> None:
    assert program.get("/account", headers=bearer(make_token("admin"))).status_code == 302


def test_a_token_in_the_address_counts_for_nothing(
    program: FlaskClient, make_token: Callable[..., str]
) -> None:
    token = make_token("admin")
    assert program.get(f"/api/tokens?token={token}&access_token={token}").status_code == 401


def test_a_wrong_token_is_not_rescued_by_a_session(ann: Browser) -> None:
    assert ann.get("/api/tokens").status_code == 200
    assert ann.get("/api/tokens", headers=bearer("car_wrong")).status_code == 401


def test_a_token_ends_when_it_expires(
    program: FlaskClient, make_token: Callable[..., str], now: Clock
) -> None:
    token = make_token("read", expires_at=now.at + timedelta(days=1))
    now.pass_time(days=1, seconds=1)
    assert program.get("/api/tokens", headers=bearer(token)).status_code == 401


def test_a_token_dies_with_its_account(
    program: FlaskClient, make_token: Callable[..., str], ann: Browser,
    add_user: Callable[[str], tuple[str, str]],
) -> None:
    user_id, _ = add_user("editor")
    token = make_token("write", user_id=user_id)
    assert program.get("/api/tokens", headers=bearer(token)).status_code == 200
    ann.post(f"/settings/users/{user_id}/disable")
    assert program.get("/api/tokens", headers=bearer(token)).status_code == 401


def test_nobody_revokes_the_token_of_somebody_else(
    signed_in: Callable[[str], Browser], make_token: Callable[..., str], program: FlaskClient
) -> None:
    token = make_token("read")
    token_id = program.get("/api/tokens", headers=bearer(token)).json["tokens"][0]["id"]
    eve = signed_in("editor")
    assert eve.send("DELETE", f"/api/tokens/{token_id}").status_code == 404
    assert eve.post(f"/settings/tokens/{token_id}/revoke").status_code == 404
    assert program.get("/api/tokens", headers=bearer(token)).status_code == 200


def test_the_use_of_a_token_is_noted(program: FlaskClient, make_token: Callable[..., str]) -> None:
    token = make_token("read")
    program.get("/api/tokens", headers=bearer(token))
    assert program.get("/api/tokens", headers=bearer(token)).json["tokens"][0]["lastUsedAt"].endswith("Z")
