"""A real browser in front of a running installation."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.app_under_test import EMAIL, PASSWORD, App, installed

Open = Callable[..., Page]

_CHROMIUM = "/usr/bin/chromium"
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def new_app(tmp_path: Path) -> Iterator[App]:
    """An installation of this test's own, running, that nobody has set up."""
    with installed(tmp_path) as app:
        app.start()
        yield app


@pytest.fixture(scope="module")
def used_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An installation with an administrator, for all tests of a module."""
    with installed(tmp_path_factory.mktemp("used"), CARILLON_TZ="Europe/Berlin") as app:
        app.start()
        app.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
        yield app


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Open]:
    """Open an installation in a fresh browser profile; options are Playwright's for a context."""
    contexts = []

    def open_it(app: App, **options: object) -> Page:
        contexts.append(chromium.new_context(base_url=app.url, **options))
        return contexts[-1].new_page()

    yield open_it
    for context in contexts:
        context.close()


def setup_code(app: App) -> str:
    """Return the code an installation printed for whoever sets it up."""
    found = re.search(r"enter the code (\S+)", app.printed())
    assert found, app.printed()
    return found[1]


def sign_in(page: Page) -> None:
    page.goto("/login")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.locator("#f-password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
