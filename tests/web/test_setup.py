"""First start: one code, one administrator, once."""

from datetime import datetime
from threading import Thread

import pytest
from apiflask import APIFlask

from engine.db import Database
from engine.services.people import users
from tests.web.browser import PASSWORD, Browser


@pytest.fixture
def code(database: Database, at: datetime) -> str:
    with database.transaction() as uow:
        found = users.ensure_setup_code(uow, at)
    assert found
    return found


def form(code: str, **changes: str) -> dict[str, str]:
    return {"code": code, "name": "Ann", "email": "ann@example.org", "password": PASSWORD,
            "timezone": "Europe/Berlin", **changes}


def test_the_printed_code_makes_the_administrator_and_signs_them_in(stranger: Browser, code: str) -> None:
    answer = stranger.post("/setup", form(code.lower().replace("-", " ")))
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Administrator (you)" in stranger.get("/settings/users").text


def test_another_code_makes_nobody_and_keeps_what_was_typed(stranger: Browser, code: str) -> None:
    answer = stranger.post("/setup", form("AAAA-AAAA-AAAA", email="nothing"))
    assert answer.status_code == 422
    assert "Enter the set-up code" in answer.text
    assert "Enter an e-mail address, like ann@example.org" in answer.text
    assert 'value="nothing"' in answer.text
    assert '<option value="Europe/Berlin" selected>' in answer.text


def test_a_new_start_makes_the_old_code_useless(
    stranger: Browser, code: str, database: Database, at: datetime
) -> None:
    with database.transaction() as uow:
        fresh = users.ensure_setup_code(uow, at)
    assert stranger.post("/setup", form(code)).status_code == 422
    assert stranger.post("/setup", form(fresh or "")).status_code == 303


def test_set_up_is_closed_once_there_is_an_administrator(app: APIFlask, stranger: Browser, code: str,
                                                         database: Database, at: datetime) -> None:
    stranger.post("/setup", form(code))
    late = Browser(app.test_client())
    assert late.get("/setup").location == "/login"
    again = late.post("/setup", form(code, email="eve@example.org"))
    assert (again.status_code, again.location) in ((303, "/login"), (422, None))
    with database.transaction() as uow:
        assert users.ensure_setup_code(uow, at) is None


def test_two_at_the_same_moment_make_one_administrator(app: APIFlask, code: str, database: Database) -> None:
    browsers = [Browser(app.test_client()) for _ in range(4)]
    tokens = [browser.csrf_token() for browser in browsers]
    threads = [
        Thread(target=browser.client.post, args=("/setup",),
               kwargs={"data": form(code, email=f"ann{n}@example.org", csrf_token=token)})
        for n, (browser, token) in enumerate(zip(browsers, tokens, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM users").scalar() == 1


def test_the_printed_link_fills_in_the_code_on_the_same_machine_only(stranger: Browser, code: str) -> None:
    assert f'value="{code}"' in stranger.get(f"/setup?code={code}").text
    far = stranger.get(f"/setup?code={code}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert f'value="{code}"' not in far.text


def test_codes_cannot_be_guessed_for_long(stranger: Browser, code: str) -> None:
    answers = [stranger.post("/setup", form("AAAA-AAAA-AAAA")).status_code for _ in range(31)]
    assert answers[-1] == 429


@pytest.mark.parametrize("password", ["short", "qwertyuiop", "ann@example.org", "aaaaaaaaaaaaaa", "x" * 201])
def test_a_password_that_is_guessed_easily_is_refused(stranger: Browser, code: str, password: str) -> None:
    answer = stranger.post("/setup", form(code, password=password))
    assert answer.status_code == 422
    assert 'href="#f-password"' in answer.text
