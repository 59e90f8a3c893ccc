"""One's own account, and what administrators do with those of others."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask

from tests.web.browser import PASSWORD, Browser

NEW = "another fine password"


def test_name_zone_and_colours_are_saved(ann: Browser) -> None:
    answer = ann.post("/account", {"name": "Ann B.", "timezone": "Asia/Tokyo", "theme": "dark"})
    assert answer.status_code == 303
    page = ann.get("/account").text
    assert 'value="Ann B."' in page
    assert '<option value="Asia/Tokyo" selected>' in page
    assert 'data-theme="dark"' in page


def test_what_can_not_be_saved_is_shown_as_it_was_typed(ann: Browser) -> None:
    answer = ann.post("/account", {"name": " ", "timezone": "Mars/Olympus", "theme": "dark"})
    assert answer.status_code == 422
    assert "Enter your name" in answer.text
    assert "Choose a time zone from the list" in answer.text


def test_a_new_password_ends_every_other_session_and_keeps_this_one(app: APIFlask, ann: Browser) -> None:
    phone = Browser(app.test_client())
    phone.sign_in("ann@example.org", PASSWORD)
    cookie = ann.cookie()
    assert ann.post("/account/password", {"current": PASSWORD, "password": NEW}).status_code == 303
    assert ann.get("/account").status_code == 200
    assert ann.cookie() != cookie
    assert phone.get("/account").status_code == 302
    assert phone.sign_in("ann@example.org", PASSWORD).status_code == 422
    assert phone.sign_in("ann@example.org", NEW).status_code == 303


def test_a_new_password_needs_the_current_one(ann: Browser) -> None:
    answer = ann.post("/account/password", {"current": "a guess", "password": NEW})
    assert answer.status_code == 422
    assert "This is not your current password" in answer.text


def test_other_sessions_can_be_ended(app: APIFlask, ann: Browser) -> None:
    phone = Browser(app.test_client())
    phone.sign_in("ann@example.org", PASSWORD)
    ann.post("/account/sessions/end")
    assert phone.get("/account").status_code == 302
    assert ann.get("/account").status_code == 200


def test_an_administrator_adds_somebody_who_can_sign_in(app: APIFlask, ann: Browser) -> None:
    page = ann.post("/settings/users", {"name": "Bob", "email": "Bob@Example.org", "role": "operator"})
    assert page.status_code == 201
    password = page.text.split('id="new-password">')[1].split("<")[0]
    assert Browser(app.test_client()).sign_in("bob@example.org", password).status_code == 303


def test_an_address_belongs_to_one_account(ann: Browser) -> None:
    answer = ann.post("/settings/users", {"name": "Ann 2", "email": "ANN@example.org", "role": "admin"})
    assert answer.status_code == 422
    assert "There is already an account with this e-mail address" in answer.text


@pytest.mark.parametrize("action", ["disable", "password", "role"])
def test_what_is_done_to_an_account_ends_its_sessions(
    ann: Browser, app: APIFlask, add_user: Callable[[str], tuple[str, str]], action: str
) -> None:
    user_id, password = add_user("editor")
    bob = Browser(app.test_client())
    bob.sign_in("editor@example.org", password)
    ann.post(f"/settings/users/{user_id}/{action}", {"role": "viewer"})
    assert bob.get("/account").status_code == 302


def test_a_disabled_account_stays_out_until_it_is_enabled(
    ann: Browser, app: APIFlask, add_user: Callable[[str], tuple[str, str]]
) -> None:
    user_id, password = add_user("editor")
    bob = Browser(app.test_client())
    ann.post(f"/settings/users/{user_id}/disable")
    assert bob.sign_in("editor@example.org", password).status_code == 422
    ann.post(f"/settings/users/{user_id}/enable")
    assert bob.sign_in("editor@example.org", password).status_code == 303


def test_the_last_administrator_cannot_leave(ann: Browser, admin_id: str) -> None:
    assert ann.post(f"/settings/users/{admin_id}/disable").status_code == 409
    assert ann.post(f"/settings/users/{admin_id}/role", {"role": "viewer"}).status_code == 409
    assert ann.get("/settings/users").status_code == 200


def test_settings_offer_only_what_may_be_opened(ann: Browser, signed_in: Callable[[str], Browser]) -> None:
    assert "/settings/users" in ann.get("/settings").text
    assert "/settings/users" not in signed_in("editor").get("/settings").text


def test_who_signed_in_and_who_changed_what_is_noted(ann: Browser, app: APIFlask) -> None:
    ann.post("/settings/users", {"name": "Bob", "email": "bob@example.org", "role": "viewer"})
    with app.extensions["carillon"].database.reading() as connection:
        actions = [row[0] for row in connection.exec_driver_sql("SELECT action FROM audit_log ORDER BY id")]
    assert actions == ["user.set_up", "user.signed_in", "user.created"]
