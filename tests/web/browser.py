"""What a person's browser does, over Flask's test client: it keeps cookies and sends the form's token."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery"


class Browser:
    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form as the page would, with its CSRF token."""
        return self.client.post(path, data={"csrf_token": self.csrf_token(), **(data or {})}, **options)

    def send(self, method: str, path: str, json: Any = None) -> TestResponse:
        """Send JSON as a script on our pages would."""
        headers = {"X-CSRFToken": self.csrf_token()}
        return self.client.open(path, method=method, json=json, headers=headers)

    def sign_in(self, email: str, password: str, **fields: str) -> TestResponse:
        return self.post("/login", {"email": email, "password": password, **fields})

    def cookie(self) -> str | None:
        cookie = self.client.get_cookie("carillon")
        return cookie.value if cookie else None

    def csrf_token(self) -> str:
        for path in ("/account", "/login", "/setup"):
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
            if found:
                return found[1]
        raise AssertionError("no page with a form answered")
