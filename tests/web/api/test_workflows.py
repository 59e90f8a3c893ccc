from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.support.stories import Clock
from tests.web.api.program import NOTE, REPORT, WEEKDAYS, Program


def test_a_document_becomes_a_workflow_that_is_live_and_off(program: Program):
    made = program.make()
    assert (made["state"], made["versionNumber"], made["liveVersion"], made["slug"]) == (
        "off", 1, 1, "morning-sales-report")
    assert [start["name"] for start in made["triggers"]] == ["weekdays at nine"]
    assert made["nextRunAt"] is None


def test_a_draft_is_kept_without_a_version_however_unfinished(program: Program):
    made = program.make(draft=True, steps=[{"key": "note"}])
    assert (made["state"], made["versionNumber"], made["steps"]) == ("draft", None, [{"key": "note"}])


def test_a_workflow_reads_as_the_document_it_was_made_from(program: Program):
    made = program.make(notes="For Ann")
    read = program.get(f"/api/workflows/{made['id']}").json
    document = {key: read[key] for key in ("name", "notes", "starts", "steps")}
    again = program.post("/api/workflows", document).json
    assert {key: again[key] for key in document} == document
    assert read["limits"] == {"max_concurrent": 1, "retry_max_attempts": 3, "retry_backoff_ms": 1000,
                              "timeout_seconds": 600}
    assert read["starts"][0]["inputs"] == {"region": "north"}


def test_a_workflow_that_is_on_says_when_it_runs_next(program: Program):
    shown = program.make_on()
    assert (shown["state"], shown["nextRunAt"]) == ("on", "2026-03-03T08:00:00Z")
    (trigger,) = shown["triggers"]
    assert (trigger["kind"], trigger["enabled"], trigger["timezone"]) == ("schedule", True, "Europe/Berlin")
    assert (trigger["nextRunAt"], trigger["state"]) == ("2026-03-03T08:00:00Z", "active")
    assert trigger["schedule"]["cron"] == "0 9 * * 1-5"
    assert {"id", "name", "lastRunAt", "note"} < trigger.keys()


def test_a_schedule_without_a_zone_is_meant_in_the_zone_of_the_account(program: Program):
    made = program.make(starts=[WEEKDAYS | {"schedule": {"cron": "0 9 * * *"}}])
    assert made["triggers"][0]["schedule"]["timezone"] == "Europe/Berlin"


def test_what_has_no_live_version_cant_be_switched_on(program: Program):
    made = program.make(draft=True)
    status, _, message = program.error("PATCH", f"/api/workflows/{made['id']}", {"state": "on"})
    assert (status, message) == (409, "This workflow has no live version yet. Make it live first.")


def test_a_pause_keeps_its_end_and_its_note_and_says_what_comes_after_it(program: Program):
    made = program.make_on()
    paused = program.patch(f"/api/workflows/{made['id']}", {
        "state": "paused", "until": "2026-03-09T10:00:00+01:00", "note": "Stocktaking",
    }).json
    assert (paused["state"], paused["pausedUntil"], paused["pausedNote"], paused["nextRunAt"]) == (
        "paused", "2026-03-09T09:00:00Z", "Stocktaking", "2026-03-10T08:00:00Z")


def test_name_and_limits_change_one_by_one(program: Program):
    made = program.make()
    changed = program.patch(f"/api/workflows/{made['id']}", {
        "name": "Sales", "limits": {"rate_per_minute": 5, "max_concurrent": None},
    }).json
    assert (changed["name"], changed["slug"]) == ("Sales", made["slug"])
    assert changed["limits"]["rate_per_minute"] == 5
    assert "max_concurrent" not in changed["limits"]
    assert changed["limits"]["timeout_seconds"] == 600


def test_a_deleted_workflow_is_gone(program: Program):
    made = program.make()
    assert program.send("DELETE", f"/api/workflows/{made['id']}").status_code == 204
    assert program.get(f"/api/workflows/{made['id']}").status_code == 404
    assert program.get("/api/workflows").json == {"workflows": [], "next": None}


def test_the_list_is_read_page_by_page_by_name(program: Program):
    for name in ("Charlie", "alpha", "Bravo"):
        program.make(name=name)
    first = program.get("/api/workflows?limit=2").json
    assert [row["name"] for row in first["workflows"]] == ["alpha", "Bravo"]
    second = program.get(f"/api/workflows?limit=2&after={first['next']}").json
    assert ([row["name"] for row in second["workflows"]], second["next"]) == (["Charlie"], None)


def test_the_list_can_be_narrowed(program: Program):
    program.make(name="Charlie")
    program.make_on(name="Bravo")
    found = program.get("/api/workflows?state=on").json["workflows"]
    assert [(row["name"], row["liveVersion"]) for row in found] == [("Bravo", 1)]
    assert [row["name"] for row in program.get("/api/workflows?search=char").json["workflows"]] == ["Charlie"]


@pytest.mark.parametrize(("body", "field", "message"), [
    (REPORT | {"steps": [{"key": "a", "type": "write_lag"}]}, "steps.0.type",
     "There is no step type “write_lag”."),
    (REPORT | {"starts": [WEEKDAYS | {"schedule": {"cron": "0 25 * * *"}}]}, "starts.0.schedule.cron",
     "Hour must be between 0 and 23. Yours says 25"),
    (REPORT | {"color": "red"}, "color", "There is no “color” here."),
    (REPORT | {"limits": {"max_concurrent": "1"}}, "limits.max_concurrent",
     "“limits.max_concurrent” must be a whole number."),
    (REPORT | {"steps": []}, "steps", "Add at least one step."),
    (REPORT | {"steps": "none"}, "steps", "“steps” must be a list."),
    (REPORT | {"draft": "yes"}, "draft", "“draft” must be yes or no."),
    (REPORT | {"name": "A\0B"}, "name", "A text holds a character that can't be stored. Remove it."),
    ({"steps": [NOTE]}, "name", "Fill in “name”."),
    ([REPORT], None, "Send a JSON object: names with values in { }."),
])
def test_what_is_wrong_in_a_document_is_said_with_its_place(
    program: Program, body: Any, field: str | None, message: str
):
    status, place, said = program.error("POST", "/api/workflows", body)
    assert (status, place) == (422, field)
    assert said.startswith(message)


def test_everything_wrong_in_a_document_is_said_at_once(program: Program):
    body = {"starts": [{"name": "x", "kind": "moon"}], "steps": [{"key": "a"}]}
    answer = program.post("/api/workflows", body)
    fields = [problem["field"] for problem in answer.json["error"]["problems"]]
    assert fields == ["name", "starts.0.kind", "steps.0.type"]


@pytest.mark.parametrize(("body", "field"), [
    ({"state": "draft"}, "state"), ({"state": 1}, "state"), ({"name": ""}, "name"),
    ({"name": "x" * 121}, "name"),
    ({"state": "paused", "until": "tomorrow"}, "until"), ({"state": "paused", "until": 1700000000}, "until"),
    ({"state": "paused", "until": "2026-01-01T00:00:00Z"}, "until"),
    ({"state": "paused", "until": "2026-12-24T18:00"}, "until"),
    ({"limits": {"timeout_seconds": 0}}, "limits.timeout_seconds"), ({"slug": "x"}, "slug"),
    ({"limits": {"speed": 1}}, "limits.speed"),
])
def test_a_change_that_cant_be_is_refused_by_name(program: Program, body: Any, field: str):
    made = program.make()
    status, place, _ = program.error("PATCH", f"/api/workflows/{made['id']}", body)
    assert (status, place) == (422, field)


@pytest.mark.parametrize(("query", "field"), [
    ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("state=lost", "state"),
    ("color=red", "color"), ("after=nowhere", "after"),
])
def test_a_list_says_what_it_cant_be_narrowed_by(program: Program, query: str, field: str):
    status, place, _ = program.error("GET", f"/api/workflows?{query}")
    assert (status, place) == (422, field)


def test_times_are_written_in_utc(program: Program, now: Clock, at: datetime):
    made = program.make()
    assert made["createdAt"] == "2026-03-02T09:00:00Z"


def test_another_account_sees_nothing_of_a_workflow(program: Program, other: Program):
    path = f"/api/workflows/{program.make()['id']}"
    assert other.get("/api/workflows").json["workflows"] == []
    answers = [
        other.get(path), other.patch(path, {"state": "off"}), other.send("DELETE", path),
        other.get(f"{path}/versions"), other.get(f"{path}/versions/1"), other.get(f"{path}/triggers"),
        other.post(f"{path}/versions", {"steps": [NOTE]}), other.post(f"{path}/versions/1/publish"),
        other.post(f"{path}/triggers", WEEKDAYS | {"name": "x"}), other.post(f"{path}/execute"),
        other.get(f"/api/executions?workflowId={path[-36:]}"),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert other.get("/api/workflows?after=morning-sales-report").status_code == 422


def test_a_token_reaches_as_far_as_its_scopes(
    program: Program, program_of: Callable[..., Program], admin_id: str
):
    path = f"/api/workflows/{program.make()['id']}"
    reader, runner = program_of(admin_id, "read"), program_of(admin_id, "run")
    assert reader.get(path).status_code == 200
    assert reader.post(f"{path}/execute").status_code == 403
    assert runner.post(f"{path}/execute").status_code == 202
    assert runner.patch(path, {"state": "on"}).status_code == 403
    assert runner.post("/api/workflows", REPORT).status_code == 403
