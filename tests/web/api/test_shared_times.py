"""Own calendars and blackouts over the JSON interface."""

from typing import Any

import pytest

from tests.support.stories import Clock
from tests.web.api.program import Program

DAYS = {"2026-03-03": "Stock-take"}
NIGHT = {"name": "Night", "from": "2026-03-03T00:00:00+01:00", "to": "2026-03-04T00:00:00+01:00"}
FILE = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260320\nEND:VEVENT\nEND:VCALENDAR"


def next_run(program: Program, workflow: Any) -> str:
    found: str = program.get(f"/api/workflows/{workflow['id']}").json["nextRunAt"]
    return found


def test_a_calendar_is_made_followed_changed_and_taken_away(program: Program, now: Clock):
    made = program.post("/api/calendars", {"name": "Company", "days": DAYS})
    assert (made.status_code, made.json["days"], made.json["followedBy"]) == (201, DAYS, 0)
    path = f"/api/calendars/{made.json['id']}"
    rule = {"daily": {"times": ["09:00"]}, "timezone": "UTC",
            "holidays": {"calendars": [made.json["id"]], "rule": "skip"}}
    workflow = program.make_on(starts=[{"name": "daily", "kind": "schedule", "schedule": rule}])
    assert next_run(program, workflow) == "2026-03-04T09:00:00Z"
    assert program.get("/api/calendars").json["calendars"][0]["followedBy"] == 1
    assert program.error("DELETE", path)[0] == 409
    changed = program.patch(path, {"ics": FILE, "name": "Firm"}).json
    assert (changed["name"], changed["days"]) == ("Firm", {"2026-03-20": "Day off"})
    assert next_run(program, workflow) == "2026-03-03T09:00:00Z"
    program.send("DELETE", f"/api/workflows/{workflow['id']}")


@pytest.mark.parametrize(("body", "field"), [
    ({"days": DAYS}, "name"), ({"name": "x"}, "days"), ({"name": "x", "days": {"soon": ""}}, "days.soon"),
    ({"name": "x", "days": DAYS, "ics": FILE}, "ics"), ({"name": "x", "ics": "hello"}, "ics"),
    ({"name": " ", "days": DAYS}, "name"), ({"name": "x", "days": DAYS, "color": "red"}, "color"),
])
def test_a_calendar_that_cant_be_is_refused(program: Program, body: Any, field: str):
    assert program.error("POST", "/api/calendars", body)[:2] == (422, field)


def test_calendars_that_are_not_there(program: Program):
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert program.error(method, "/api/calendars/nowhere", body)[0] == 404


def test_a_blackout_is_made_changed_and_taken_away(chief: Program, now: Clock):
    workflow = chief.make_on(starts=[{"name": "daily", "kind": "schedule",
                                      "schedule": {"daily": {"times": ["09:00"]}, "timezone": "UTC"}}])
    made = chief.post("/api/blackouts", NIGHT)
    assert made.status_code == 201
    assert made.json | {"id": ""} == {
        "id": "", "name": "Night", "from": "2026-03-02T23:00:00Z", "to": "2026-03-03T23:00:00Z",
        "timezone": "Europe/Berlin", "note": "", "workflowIds": None}
    assert next_run(chief, workflow) == "2026-03-04T09:00:00Z"
    path = f"/api/blackouts/{made.json['id']}"
    changed = chief.patch(path, {"to": "2026-03-03T01:00:00Z", "workflowIds": [workflow["id"]]}).json
    assert (changed["from"], changed["to"], changed["workflowIds"]) == (
        "2026-03-02T23:00:00Z", "2026-03-03T01:00:00Z", [workflow["id"]])
    assert next_run(chief, workflow) == "2026-03-03T09:00:00Z"
    assert chief.get("/api/blackouts").json["blackouts"] == [changed]
    assert chief.send("DELETE", path).status_code == 204
    assert chief.get(path).status_code == 404


def test_a_blackout_keeps_the_very_moments_also_in_the_hour_that_comes_twice(chief: Program):
    twice = {**NIGHT, "from": "2026-10-25T01:30:00Z", "to": "2026-10-25T02:30:00Z"}
    made = chief.post("/api/blackouts", twice).json
    assert (made["from"], made["to"]) == (twice["from"], twice["to"])


def test_holding_everything_back_needs_an_administrator(program: Program, other: Program):
    assert program.error("POST", "/api/blackouts", NIGHT)[0] == 403
    mine = program.make()
    assert other.error("POST", "/api/blackouts", {**NIGHT, "workflowIds": [mine["id"]]})[0] == 404
    made = program.post("/api/blackouts", {**NIGHT, "workflowIds": [mine["id"]]}).json
    path = f"/api/blackouts/{made['id']}"
    assert program.error("PATCH", path, {"workflowIds": None})[0] == 403
    assert [other.get(path).status_code, other.error("DELETE", path)[0]] == [404, 404]
    assert other.get("/api/blackouts").json["blackouts"] == []


@pytest.mark.parametrize(("changes", "field"), [
    ({"to": "2026-03-01T00:00:00Z"}, "to"), ({"from": "soon"}, "from"), ({"name": ""}, "name"),
    ({"workflowIds": []}, "workflowIds"),
])
def test_a_blackout_that_cant_be_is_refused(chief: Program, changes: Any, field: str):
    assert chief.error("POST", "/api/blackouts", NIGHT | changes)[:2] == (422, field)
