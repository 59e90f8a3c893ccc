"""How long a session lasts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.web.browser import PASSWORD, Browser

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def browser(traveller: time_machine.Traveller, stranger: Browser, admin_id: str) -> Browser:
    stranger.sign_in("ann@example.org", PASSWORD)
    return stranger


def test_it_ends_after_two_idle_weeks(browser: Browser, traveller: time_machine.Traveller) -> None:
    traveller.move_to(START + timedelta(days=13))
    assert browser.get("/account").status_code == 200
    traveller.move_to(START + timedelta(days=13 + 14, minutes=1))
    assert browser.get("/account").status_code == 302


def test_it_survives_a_clock_that_is_set(browser: Browser, traveller: time_machine.Traveller) -> None:
    """Faults 28 and 29: ahead by two hours, and back by an hour."""
    for hours in (2, -1, 0):
        traveller.move_to(START + timedelta(hours=hours))
        assert browser.get("/account").status_code == 200


def test_it_ends_after_thirty_days_however_much_it_is_used(
    browser: Browser, traveller: time_machine.Traveller
) -> None:
    for day in range(1, 30):
        traveller.move_to(START + timedelta(days=day))
        assert browser.get("/account").status_code == 200
    traveller.move_to(START + timedelta(days=30, minutes=1))
    assert browser.get("/account").status_code == 302
