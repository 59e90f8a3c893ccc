"""The list of runs in somebody's browser: drawn once, and from then on kept up to date by what it is sent."""

import re
from typing import Any

import httpx2

from tests.live.pages import cursor, rows
from tests.support.app_under_test import EMAIL, PASSWORD, App

SAYS = {"completed": "Succeeded", "failed": "Failed", "cancelled": "Stopped"}


class LivePage:
    """`/monitoring`, opened by the administrator."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.browser = sign_in(app, EMAIL, PASSWORD)
        page = self._get("/monitoring")
        self._rows, self._cursor = rows(page), cursor(page)

    def catch_up(self) -> dict[str, str]:
        """Do what the page does when its socket is back; return the rows it shows then."""
        answer = self._get(f"/live/monitoring?since={self._cursor}")
        self._rows.update(rows(answer))
        self._cursor = cursor(answer)
        return self._rows

    def is_true(self) -> bool:
        """Whether it shows what a page opened now shows, and that what the database says."""
        shown, fresh = self.catch_up(), rows(self._get("/monitoring"))
        rows_now = self._app.rows("SELECT id, status FROM executions")
        statuses = {f"run-{row.id}": row.status for row in rows_now}
        return all(shown.get(name) == row and SAYS.get(statuses.get(name, ""), "") in row
                   for name, row in fresh.items())

    def _get(self, path: str) -> str:
        answer: Any = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return str(answer.text)


def sign_in(app: App, email: str, password: str) -> httpx2.Client:
    """Sign in as a person does and return the browser that is signed in."""
    browser = httpx2.Client(base_url=app.url, timeout=30, trust_env=False)
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/login").text)
    assert found
    form = {"csrf_token": found[1], "email": email, "password": password}
    answer = browser.post("/login", data=form)
    assert answer.status_code == 303 or answer.is_redirect, answer.text[:500]
    return browser
