"""Signing in and out, and what a session is worth."""

from collections.abc import Callable

from apiflask import APIFlask

from engine.db import Database
from tests.web.browser import PASSWORD, Browser


def test_the_right_password_opens_the_page_that_was_asked_for(stranger: Browser, admin_id: str) -> None:
    asked = stranger.get("/account?tab=1")
    assert asked.status_code == 302
    assert asked.location == "/login?next=/account?tab%3D1"
    answer = stranger.sign_in("Ann@Example.org ", PASSWORD, next="/account?tab=1")
    assert (answer.status_code, answer.location) == (303, "/account?tab=1")
    assert stranger.get("/account").status_code == 200


def test_an_unknown_address_a_wrong_password_and_a_disabled_account_read_the_same(
    stranger: Browser, admin_id: str
) -> None:
    unknown = stranger.sign_in("nobody@example.org", PASSWORD)
    wrong = stranger.sign_in("ann@example.org", "wrong password")
    assert unknown.status_code == wrong.status_code == 422
    assert "The e-mail address or the password is not right" in unknown.text
    assert unknown.text.replace("nobody@", "ann@") == wrong.text


def test_the_address_stays_typed_and_the_password_does_not(stranger: Browser, admin_id: str) -> None:
    answer = stranger.sign_in("ann@example.org", "a wrong password")
    assert 'value="ann@example.org"' in answer.text
    assert "a wrong password" not in answer.text


def test_only_pages_of_this_site_follow_a_sign_in(app: APIFlask, admin_id: str) -> None:
    for evil in ("//evil.org", "/\\evil.org", "https://evil.org", "\\/evil.org", "/\t/evil.org"):
        answer = Browser(app.test_client()).sign_in("ann@example.org", PASSWORD, next=evil)
        assert (answer.status_code, answer.location) == (303, "/"), evil


def test_signing_in_changes_the_session_and_the_form_token(app: APIFlask, admin_id: str) -> None:
    browser = Browser(app.test_client())
    token, cookie = browser.csrf_token(), browser.cookie()
    browser.sign_in("ann@example.org", PASSWORD)
    assert browser.cookie() != cookie
    stale = browser.client.post("/logout", data={"csrf_token": token})
    assert stale.status_code == 400


def test_a_cookie_from_before_signing_out_is_dead(app: APIFlask, ann: Browser) -> None:
    kept = ann.cookie()
    ann.post("/logout")
    thief = Browser(app.test_client())
    thief.client.set_cookie("carillon", kept)
    assert thief.get("/account").status_code == 302


def test_two_sign_ins_are_two_sessions(app: APIFlask, ann: Browser) -> None:
    phone = Browser(app.test_client())
    phone.sign_in("ann@example.org", PASSWORD)
    ann.post("/logout")
    assert phone.get("/account").status_code == 200


def test_the_database_never_holds_the_secret_of_a_session(ann: Browser, database: Database) -> None:
    with ann.client.session_transaction() as session:
        secret = session["_user_id"]
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM sessions").all()
    assert len(rows) == 1
    assert secret not in rows[0].id


def test_ten_wrong_passwords_close_the_account_to_this_stranger(stranger: Browser, admin_id: str) -> None:
    answers = [stranger.sign_in("ann@example.org", "wrong password").status_code for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert stranger.sign_in("ann@example.org", PASSWORD).status_code == 429


def test_a_stranger_cannot_lock_out_a_browser_that_was_signed_in_before(app: APIFlask, ann: Browser) -> None:
    ann.post("/logout")
    stranger = Browser(app.test_client())
    for _ in range(11):
        stranger.sign_in("ann@example.org", "wrong password")
    assert ann.sign_in("ann@example.org", PASSWORD).status_code == 303


def test_one_address_may_not_try_many_accounts(stranger: Browser, admin_id: str) -> None:
    answers = [stranger.sign_in(f"a{n}@example.org", "wrong password").status_code for n in range(31)]
    assert answers[29:] == [422, 429]


def test_a_forged_forwarding_header_does_not_make_another_address(stranger: Browser, admin_id: str) -> None:
    token = stranger.csrf_token()
    answers = [
        stranger.client.post("/login", data={"csrf_token": token, "email": f"a{n}@example.org"},
                             headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(31)
    ]
    assert answers[-1] == 429


def test_an_expired_page_of_htmx_is_sent_to_the_sign_in_page(stranger: Browser, admin_id: str) -> None:
    answer = stranger.get("/account", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_every_role_may_open_their_account(signed_in: Callable[[str], Browser]) -> None:
    for role in ("viewer", "operator", "editor"):
        assert signed_in(role).get("/account").status_code == 200
