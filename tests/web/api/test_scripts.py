"""The switch for scripts over the JSON interface, and what it means for versions."""


import pytest

from tests.web.api.program import Program

STEP = {"key": "backup", "type": "script", "with": {"script": "echo hello"}}
WORKFLOW = {"name": "Backup", "steps": [STEP]}


def test_it_is_shown_to_all_and_turned_by_administrators(chief: Program, program: Program) -> None:
    assert program.get("/api/scripts").json == {"allowed": False}
    assert program.error("PUT", "/api/scripts", {"allowed": True})[0] == 403
    assert chief.send("PUT", "/api/scripts", {"allowed": True}).json == {"allowed": True}
    assert program.get("/api/scripts").json == {"allowed": True}


@pytest.mark.parametrize("body", [{}, {"allowed": "yes"}, {"allowed": None}])
def test_it_is_on_or_off(chief: Program, body: dict) -> None:
    assert chief.error("PUT", "/api/scripts", body)[:2] == (422, "allowed")


def test_while_they_are_off_no_version_with_a_script_goes_live(chief: Program, program: Program) -> None:
    assert program.error("POST", "/api/workflows", WORKFLOW)[0] == 409
    assert program.get("/api/workflows").json["workflows"] == []
    made = program.post("/api/workflows", {**WORKFLOW, "draft": True}).json
    versions = f"/api/workflows/{made['id']}/versions"
    assert program.post(versions, {"steps": [STEP]}).status_code == 201
    refused = program.post(f"{versions}/1/publish", {})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "script.off")

    chief.send("PUT", "/api/scripts", {"allowed": True})

    assert program.post(f"{versions}/1/publish", {}).json["isLive"] is True
