"""A real browser in front of a running installation."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.app_under_test import EMAIL, PASSWORD, App, installed

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
def app(tmp_path: Path) -> Iterator[App]:
    """An installation of this test's own, running."""
    with installed(tmp_path) as app:
        app.start()
        yield app


@pytest.fixture
def sign_in(chromium: Browser, app: App) -> Iterator[Callable[..., Page]]:
    """Open the installation as its administrator; gives a page. Options are those of a new context."""
    contexts = []

    def enter(**options: object) -> Page:
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        page.goto(f"{app.url}/login")
        page.fill("[name=email]", EMAIL)
        page.fill("[name=password]", PASSWORD)
        page.click("main .btn-primary")
        page.wait_for_url(f"{app.url}/")
        return page

    yield enter
    for context in contexts:
        context.close()
