"""How long a session lasts."""

import pytest

from tests.support.stories import Clock
from tests.web.browser import PASSWORD, Browser


@pytest.fixture
def browser(stranger: Browser, admin_id: str) -> Browser:
    stranger.sign_in("ann@example.org", PASSWORD)
    return stranger


def test_it_ends_after_two_idle_weeks(browser: Browser, now: Clock) -> None:
    now.pass_time(days=13)
    assert browser.get("/account").status_code == 200
    now.pass_time(days=14, minutes=1)
    assert browser.get("/account").status_code == 302


def test_it_survives_a_clock_that_is_set(browser: Browser, now: Clock) -> None:
    """Faults 28 and 29: ahead by two hours, back to an hour before, and right again."""
    for hours in (2, -3, 1):
        now.pass_time(hours=hours)
        assert browser.get("/account").status_code == 200


def test_it_ends_after_thirty_days_however_much_it_is_used(browser: Browser, now: Clock) -> None:
    for _ in range(1, 30):
        now.pass_time(days=1)
        assert browser.get("/account").status_code == 200
    now.pass_time(days=1, minutes=1)
    assert browser.get("/account").status_code == 302
