"""Another program that uses the interface, over Flask's test client, with a token."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

NOTE = {"key": "note", "type": "write_log", "with": {"message": "Good morning"}}
WEEKDAYS = {"name": "weekdays at nine", "kind": "schedule",
            "schedule": {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"}, "inputs": {"region": "north"}}
REPORT = {"name": "Morning sales report", "starts": [WEEKDAYS], "steps": [NOTE],
          "limits": {"max_concurrent": 1}}


class Program:
    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self.headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.client.open(path, method=method, json=body, headers=self.headers | headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.send("PATCH", path, body)

    def make(self, **changes: Any) -> Any:
        """Make the report workflow and give its JSON."""
        made = self.post("/api/workflows", REPORT | changes)
        assert made.status_code == 201, made.text
        return made.json

    def make_on(self, **changes: Any) -> Any:
        workflow = self.make(**changes)
        return self.patch(f"/api/workflows/{workflow['id']}", {"state": "on"}).json

    def error(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str | None, str]:
        """Send what must be refused; gives status, field and message."""
        answer = self.send(method, path, body, **headers)
        error = answer.json["error"]
        return answer.status_code, error["field"], error["message"]
