from typing import Any

import pytest

from engine.db import Database
from tests.support.stories import Clock, Engine
from tests.web.api.program import Program

ASK = {"key": "ask", "type": "approve", "with": {"question": "Refund?", "to": ["bob@example.org"]}}


@pytest.fixture
def asked(program: Program, database: Database, now: Clock) -> Any:
    """An open question, as JSON."""
    made = program.make(steps=[ASK])
    run = program.post(f"/api/workflows/{made['id']}/execute").json
    Engine(database, now).advance(run["id"])
    (found,) = program.get(f"/api/approvals?executionId={run['id']}").json["approvals"]
    return found


def test_an_open_question_is_listed_and_answered(program: Program, asked: Any):
    assert (asked["question"], asked["choices"], asked["isOpen"]) == ("Refund?", ["Approve", "Reject"], True)
    path = f"/api/approvals/{asked['id']}"
    assert program.error("POST", f"{path}/answer", {"answer": "Perhaps"})[:2] == (422, "answer")
    done = program.post(f"{path}/answer", {"answer": "Approve", "note": "Fine"})
    assert (done.status_code, done.json["answer"], done.json["isOpen"]) == (200, "Approve", False)
    assert program.error("POST", f"{path}/answer", {"answer": "Reject"})[0] == 409
    assert program.get("/api/approvals").json["approvals"] == []
    assert program.get("/api/approvals?status=all").json["approvals"][0]["note"] == "Fine"
    assert program.get(f"/api/executions/{asked['executionId']}").json["status"] == "pending"


def test_another_account_sees_no_question(other: Program, asked: Any):
    path = f"/api/approvals/{asked['id']}"
    assert [other.get(path).status_code, other.post(f"{path}/answer", {"answer": "Reject"}).status_code] == [
        404, 404]
    assert other.get("/api/approvals?status=all").json["approvals"] == []
