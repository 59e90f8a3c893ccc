from typing import Any

import pytest

from tests.web.api.program import NOTE, REPORT, Program

TWO = [NOTE, {"key": "pause", "type": "wait", "with": {"for": "5m"}}]


def test_new_steps_become_a_version_that_is_not_live_before_it_is_published(program: Program):
    path = f"/api/workflows/{program.make_on()['id']}"
    made = program.post(f"{path}/versions", {"steps": TWO, "note": "Wait a little"})
    assert (made.status_code, made.json["number"], made.json["isLive"]) == (201, 2, False)
    assert program.get(path).json["liveVersion"] == 1
    published = program.post(f"{path}/versions/2/publish")
    assert (published.status_code, published.json["isLive"]) == (200, True)
    assert [step["key"] for step in program.get(path).json["steps"]] == ["note", "pause"]
    assert program.get(path).json["state"] == "on"


def test_versions_are_listed_newest_first(program: Program):
    path = f"/api/workflows/{program.make()['id']}/versions"
    program.post(path, {"steps": TWO, "note": "Wait"})
    listed = program.get(path).json["versions"]
    assert [(each["number"], each["note"], each["isLive"]) for each in listed] == [
        (2, "Wait", False), (1, "", True)]
    assert program.get(f"{path}/1").json["steps"] == [NOTE]


def test_the_draft_of_a_workflow_becomes_a_version_and_then_live(program: Program):
    path = f"/api/workflows/{program.make(draft=True)['id']}"
    assert program.post(f"{path}/versions").json["number"] == 1
    program.post(f"{path}/versions/1/publish")
    assert program.get(path).json["state"] == "off"


@pytest.mark.parametrize(("body", "field"), [
    ({"steps": []}, "steps"), ({"steps": {}}, "steps"), ({"steps": [{"key": "a"}]}, "steps.0.type"),
    ({"stepz": TWO}, "stepz"), ({"steps": [NOTE, NOTE]}, "steps.1.key"), ({"steps": TWO, "note": 1}, "note"),
])
def test_steps_that_cant_be_are_refused_with_their_place(program: Program, body: Any, field: str):
    path = f"/api/workflows/{program.make()['id']}/versions"
    status, place, _ = program.error("POST", path, body)
    assert (status, place) == (422, field)
    assert len(program.get(path).json["versions"]) == 1


@pytest.mark.parametrize(("method", "rest"), [
    ("GET", "/versions/9"), ("POST", "/versions/9/publish"), ("POST", "/versions/0/publish"),
    ("GET", "/versions/99999999999999999999"), ("POST", "/versions/99999999999999999999/publish"),
])
def test_a_version_that_is_not_there_is_not_found(program: Program, method: str, rest: str):
    path = f"/api/workflows/{program.make()['id']}"
    assert program.send(method, path + rest).status_code == 404


def test_a_draft_with_gaps_cant_become_a_version(program: Program):
    made = program.make(**REPORT | {"draft": True, "steps": [{"key": "a"}]})
    status, field, _ = program.error("POST", f"/api/workflows/{made['id']}/versions")
    assert (status, field) == (422, "steps.0.type")
