from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.db import Database
from engine.services.due import dispatch
from tests.support.stories import Clock, Engine
from tests.web.api.program import Program

ID = "5f0c9a52-4d53-4f67-9a0e-1f8f4f7f2b11"


@pytest.fixture
def workflow(program: Program) -> Any:
    return program.make_on(starts=[])


def registration(workflow: Any, **changes: Any) -> dict[str, Any]:
    return {"triggerId": ID, "workflowId": workflow["id"], "cronExpression": "0 9 * * 1-5",
            "timezone": "America/Los_Angeles", "enabled": True} | changes


def register(program: Program, workflow: Any, **changes: Any) -> Any:
    answer = program.post("/api/scheduler/register", registration(workflow, **changes))
    assert answer.status_code == 200, answer.text
    return program.get(f"/api/triggers/{ID}").json


def test_a_schedule_is_registered_under_the_id_it_brings(program: Program, workflow: Any):
    answer = program.post("/api/scheduler/register", registration(workflow))
    assert answer.json == {"success": True, "message": "Schedule registered successfully"}
    trigger = program.get(f"/api/triggers/{ID}").json
    assert (trigger["workflowId"], trigger["nextRunAt"], trigger["timezone"], trigger["name"]) == (
        workflow["id"], "2026-03-02T17:00:00Z", "America/Los_Angeles", "Schedule")


def test_registering_again_changes_the_schedule(program: Program, workflow: Any):
    register(program, workflow)
    assert register(program, workflow, cronExpression="*/15 * * * *")["nextRunAt"] == "2026-03-02T09:15:00Z"
    assert register(program, workflow, enabled=False)["state"] == "paused"
    assert len(program.get(f"/api/workflows/{workflow['id']}").json["triggers"]) == 1


def test_registering_the_same_again_does_not_move_the_next_run(program: Program, workflow: Any, now: Clock):
    first = register(program, workflow)
    now.pass_time(hours=2)
    assert register(program, workflow) == first


def test_every_kind_of_schedule_can_be_registered(program: Program, workflow: Any):
    trigger = register(program, workflow, cronExpression=None, schedule={"interval": "5m"}, timezone=None)
    assert (trigger["nextRunAt"], trigger["timezone"]) == ("2026-03-02T09:05:00Z", "Europe/Berlin")


def test_several_schedules_of_a_workflow_get_names_of_their_own(program: Program, workflow: Any):
    for identity in ("one", "two", "three"):
        program.post("/api/scheduler/register", registration(workflow, triggerId=identity))
    names = {row["name"] for row in program.get(f"/api/workflows/{workflow['id']}").json["triggers"]}
    assert names == {"Schedule", "Schedule 2", "Schedule 3"}


def test_an_unregistered_schedule_is_gone_and_can_come_back(program: Program, workflow: Any):
    register(program, workflow)
    answer = program.post("/api/scheduler/unregister", {"triggerId": ID})
    assert (answer.status_code, answer.json["success"]) == (200, True)
    assert program.get(f"/api/triggers/{ID}").status_code == 404
    assert program.error("POST", "/api/scheduler/unregister", {"triggerId": ID})[0] == 404
    assert register(program, workflow)["state"] == "active"


def test_a_schedule_is_paused_and_resumed(program: Program, workflow: Any):
    first = register(program, workflow)
    answer = program.post("/api/scheduler/pause", {"triggerId": ID, "action": "pause"})
    assert answer.json == {"success": True, "message": "Schedule paused successfully"}
    assert program.get(f"/api/triggers/{ID}").json["nextRunAt"] is None
    answer = program.post("/api/scheduler/pause", {"triggerId": ID, "action": "resume"})
    assert answer.json == {"success": True, "message": "Schedule resumed successfully"}
    assert program.get(f"/api/triggers/{ID}").json == first


def test_history_tells_what_became_of_each_due_time(
    program: Program, workflow: Any, now: Clock, database: Database
):
    register(program, workflow, cronExpression="* * * * *", timezone="UTC")
    path = f"/api/scheduler/history?triggerId={ID}"
    for minute in range(3):
        now.pass_time(minutes=1)
        database.run(lambda uow: dispatch.dispatch(uow, now.at))
        if minute == 0:
            Engine(database, now).advance(program.get(path).json["executions"][0]["runId"])
    shown = program.get(f"{path}&limit=50").json
    overlapping, waiting, done = shown["executions"]
    assert [line["status"] for line in shown["executions"]] == ["skipped", "pending", "success"]
    assert [line["scheduledAt"] for line in shown["executions"]] == [
        "2026-03-02T09:03:00Z", "2026-03-02T09:02:00Z", "2026-03-02T09:01:00Z"]
    assert (overlapping["runId"], bool(overlapping["reason"]), waiting["executedAt"]) == (None, True, None)
    assert done.keys() == {
        "executionId", "triggerId", "workflowId", "scheduledAt", "executedAt", "status", "reason", "error",
        "runId", "durationMs", "metadata"}
    assert shown["stats"] == {"total": 3, "successful": 1, "failed": 0, "skipped": 1, "successRate": 50.0,
                              "avgDurationMs": 0}
    assert program.get(f"{path}&limit=1").json["executions"] == [overlapping]


def test_history_stays_readable_after_the_schedule_is_gone(
    program: Program, workflow: Any, database: Database, now: Clock
):
    register(program, workflow, cronExpression="* * * * *")
    database.run(lambda uow: dispatch.dispatch(uow, now.pass_time(minutes=1)))
    program.post("/api/scheduler/unregister", {"triggerId": ID})
    assert len(program.get(f"/api/scheduler/history?triggerId={ID}").json["executions"]) == 1


def test_a_time_that_passed_while_paused_is_not_made_up_for(
    program: Program, workflow: Any, database: Database, now: Clock, at: datetime
):
    register(program, workflow, cronExpression="0 * * * *")
    program.post("/api/scheduler/pause", {"triggerId": ID, "action": "pause"})
    now.at = at + timedelta(hours=3, minutes=5)
    program.post("/api/scheduler/pause", {"triggerId": ID, "action": "resume"})
    assert program.get(f"/api/triggers/{ID}").json["nextRunAt"] == "2026-03-02T13:00:00Z"
    assert database.run(lambda uow: dispatch.dispatch(uow, now.at)) == 0


@pytest.mark.parametrize(("changes", "status", "field"), [
    ({"cronExpression": "0 9 * *"}, 422, "cronExpression"),
    ({"cronExpression": "0 0 30 2 *"}, 422, "cronExpression"),
    ({"cronExpression": 5}, 422, "cronExpression"),
    ({"cronExpression": None}, 422, "cronExpression"),
    ({"schedule": {"interval": "5m"}}, 422, "schedule"),
    ({"cronExpression": None, "schedule": {"interval": "soon"}}, 422, "schedule.interval"),
    ({"cronExpression": None, "schedule": {"interval": "5m", "cron": "* * * * *"}}, 422, "schedule.cron"),
    ({"timezone": "Mars/Base"}, 422, "timezone"), ({"enabled": "true"}, 422, "enabled"),
    ({"triggerId": None}, 422, "triggerId"), ({"triggerId": "a/b"}, 422, "triggerId"),
    ({"triggerId": "x" * 37}, 422, "triggerId"), ({"color": "red"}, 422, "color"),
    ({"workflowId": "nowhere"}, 404, None),
])
def test_a_registration_that_cant_be_is_refused(
    program: Program, workflow: Any, changes: Any, status: int, field: str | None
):
    said = program.error("POST", "/api/scheduler/register", registration(workflow, **changes))
    assert said[:2] == (status, field)
    assert program.get(f"/api/workflows/{workflow['id']}").json["triggers"] == []


def test_both_kinds_at_once_are_refused_by_name(program: Program, workflow: Any):
    both = registration(workflow, schedule={"interval": "5m"})
    said = program.error("POST", "/api/scheduler/register", both)
    assert said[2] == "Send either “cronExpression” or “schedule”, not both."


def test_the_id_of_another_start_cant_be_taken_over(program: Program, other: Program, workflow: Any):
    register(program, workflow)
    mine = program.make(name="Second", starts=[{"name": "by hand", "kind": "manual"}])
    assert program.error("POST", "/api/scheduler/register", registration(mine))[0] == 409
    by_hand = registration(mine, triggerId=mine["triggers"][0]["id"])
    assert program.error("POST", "/api/scheduler/register", by_hand)[0] == 409
    assert other.error("POST", "/api/scheduler/register", registration(other.make()))[0] == 409


def test_another_account_reaches_no_schedule(program: Program, other: Program, workflow: Any):
    register(program, workflow)
    answers = [
        other.post("/api/scheduler/register", registration(workflow)),
        other.post("/api/scheduler/unregister", {"triggerId": ID}),
        other.post("/api/scheduler/pause", {"triggerId": ID, "action": "pause"}),
        other.get(f"/api/scheduler/history?triggerId={ID}"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]


@pytest.mark.parametrize(("body", "field"), [
    ({"triggerId": ID}, "action"), ({"triggerId": ID, "action": "stop"}, "action"),
    ({"action": "pause"}, "triggerId"),
])
def test_a_pause_says_what_it_needs(program: Program, body: Any, field: str):
    assert program.error("POST", "/api/scheduler/pause", body)[:2] == (422, field)


@pytest.mark.parametrize(("query", "status"), [
    ("", 422), ("?triggerId=nowhere", 404), (f"?triggerId={ID}&limit=0", 422),
    (f"?triggerId={ID}&limit=many", 422), ("?triggerId=%00", 422),
])
def test_history_needs_a_start_that_is_there(program: Program, query: str, status: int):
    assert program.error("GET", f"/api/scheduler/history{query}")[0] == status
