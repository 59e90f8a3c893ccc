"""The pages of a web address that starts a workflow."""

import re
from collections.abc import Callable

import pytest

from tests.web.browser import Browser

STARTS = "/workflows/report/starts"


@pytest.fixture
def page(ann: Browser, report: str) -> str:
    """The path of the page of a new address."""
    answer = ann.post(f"{STARTS}/web-address", {"name": "Shop orders", "signed": "no"})
    assert answer.status_code == 303
    return answer.location


def address_on(text: str) -> str:
    found = re.search(r'id="address">http://[^/]+([^<]+)<', text)
    assert found
    return found[1]


def secret_on(text: str) -> str | None:
    found = re.search(r'id="secret">([^<]+)<', text)
    return found and found[1]


def test_its_page_shows_the_address_and_who_called(ann: Browser, page: str, stranger: Browser) -> None:
    shown = ann.get(page).text
    assert "Nobody has called it yet." in shown
    assert stranger.client.post(address_on(shown), json={"customer": 42}).status_code == 202
    assert "Waiting to start" in ann.get(page).text


def test_it_stands_in_the_list_of_starts(ann: Browser, page: str) -> None:
    listed = ann.get(STARTS).text
    assert "Its web address is called" in listed
    assert f'href="{page}"' in listed


def test_a_secret_is_shown_once_and_then_calls_must_be_signed(
    ann: Browser, page: str, stranger: Browser
) -> None:
    made = ann.post(f"{page}/secret")
    assert (made.status_code, secret_on(made.text) is None) == (201, False)
    again = ann.get(page).text
    assert secret_on(again) is None
    assert stranger.client.post(address_on(again), json={}).status_code == 403
    assert "Refused: This address takes signed calls only." in ann.get(page).text


def test_it_says_so_while_signing_is_asked_for_and_there_is_no_secret(ann: Browser, page: str) -> None:
    assert ann.post(page, {"name": "Orders", "signed": "yes"}).status_code == 303
    assert "It takes no calls yet" in ann.get(page).text


def test_a_name_that_is_taken_is_refused_and_kept(ann: Browser, page: str) -> None:
    answer = ann.post(f"{STARTS}/web-address", {"name": "Shop orders", "signed": "yes"})
    assert (answer.status_code, 'value="Shop orders"' in answer.text) == (422, True)
    assert 'value="yes" checked' in answer.text


def test_a_switched_off_address_says_that_callers_find_nothing(ann: Browser, page: str) -> None:
    ann.post(f"{page}/switch", {"enabled": "no"})
    assert "there is nothing at this address" in ann.get(page).text


def test_others_see_neither_page_nor_secret(page: str, signed_in: Callable[[str], Browser]) -> None:
    editor = signed_in("editor")
    assert editor.get(page).status_code == 404
    assert editor.post(f"{page}/secret").status_code == 404
