from typing import Any

import pytest

from tests.support.stories import Clock
from tests.web.api.program import WEEKDAYS, Program

HOURLY = {"name": "hourly", "kind": "schedule", "schedule": {"interval": "1h"}}


def test_a_start_takes_effect_when_it_is_added(program: Program, now: Clock):
    path = f"/api/workflows/{program.make_on()['id']}/triggers"
    now.pass_time(seconds=1)
    made = program.post(path, HOURLY)
    assert (made.status_code, made.json["nextRunAt"], made.json["state"]) == (
        201, "2026-03-02T10:00:00Z", "active")
    assert [row["name"] for row in program.get(path).json["triggers"]] == ["weekdays at nine", "hourly"]
    assert program.get(f"/api/triggers/{made.json['id']}").json == made.json


def test_a_start_by_hand_has_no_schedule(program: Program):
    path = f"/api/workflows/{program.make_on()['id']}/triggers"
    made = program.post(path, {"name": "by hand", "kind": "manual", "inputs": {"region": "south"}}).json
    assert (made["schedule"], made["state"], made["nextRunAt"], made["inputs"]) == (
        None, None, None, {"region": "south"})


def test_changing_one_start_never_moves_another(program: Program):
    workflow = program.make_on(starts=[WEEKDAYS, HOURLY])
    weekdays, hourly = workflow["triggers"]
    changed = program.patch(f"/api/triggers/{hourly['id']}", {
        "name": "twice an hour", "schedule": {"interval": "30m"}, "inputs": {"a": 1},
    }).json
    assert (changed["name"], changed["nextRunAt"], changed["inputs"]) == (
        "twice an hour", "2026-03-02T09:30:00Z", {"a": 1})
    assert program.get(f"/api/triggers/{weekdays['id']}").json == weekdays


def test_a_start_is_switched_off_and_on(program: Program):
    (trigger,) = program.make_on()["triggers"]
    path = f"/api/triggers/{trigger['id']}"
    off = program.patch(path, {"enabled": False}).json
    assert (off["enabled"], off["state"], off["nextRunAt"]) == (False, "paused", None)
    assert program.patch(path, {"enabled": True}).json["nextRunAt"] == trigger["nextRunAt"]


def test_a_change_of_what_someone_else_changed_since_is_refused(program: Program, now: Clock):
    (trigger,) = program.make_on()["triggers"]
    path = f"/api/triggers/{trigger['id']}"
    seen = program.get(path).json["updatedAt"]
    now.pass_time(seconds=1)
    newer = program.patch(path, {"name": "at nine", "updatedAt": seen}).json["updatedAt"]
    refused = program.patch(path, {"name": "at ten", "updatedAt": seen})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "conflict")
    assert program.get(path).json["name"] == "at nine"
    assert program.patch(path, {"name": "at ten", "updatedAt": newer}).json["name"] == "at ten"


def test_a_start_that_was_taken_away_is_gone(program: Program):
    workflow = program.make_on()
    path = f"/api/triggers/{workflow['triggers'][0]['id']}"
    assert program.send("DELETE", path).status_code == 204
    assert [program.get(path).status_code, program.patch(path, {}).status_code,
            program.send("DELETE", path).status_code] == [404, 404, 404]
    assert program.get(f"/api/workflows/{workflow['id']}").json["starts"] == []


def test_a_workflow_has_a_hundred_starts_at_most(program: Program):
    starts = [{"name": f"start {number}", "kind": "manual"} for number in range(100)]
    path = f"/api/workflows/{program.make(starts=starts)['id']}/triggers"
    status, _, message = program.error("POST", path, HOURLY)
    assert (status, message) == (422, "A workflow can have 100 starts. Remove one first.")


@pytest.mark.parametrize(("body", "field"), [
    ({"kind": "manual"}, "name"), ({"name": "x"}, "kind"), ({"name": "x", "kind": "moon"}, "kind"),
    ({"name": "x", "kind": "schedule"}, "schedule"),
    (HOURLY | {"schedule": {"interval": "soon"}}, "schedule.interval"),
    (HOURLY | {"schedule": {"interval": "5m", "cron": "* * * * *"}}, "schedule"),
    (HOURLY | {"name": "weekdays at nine"}, "name"), (HOURLY | {"speed": 1}, "speed"),
    (HOURLY | {"inputs": []}, "inputs"), (HOURLY | {"inputs": {"a": "\0"}}, "inputs"),
    (HOURLY | {"enabled": 1}, "enabled"), (HOURLY | {"kind": "manual"}, "schedule"),
])
def test_a_start_that_cant_be_is_refused_with_its_place(program: Program, body: Any, field: str):
    path = f"/api/workflows/{program.make()['id']}/triggers"
    status, place, _ = program.error("POST", path, body)
    assert (status, place) == (422, field)


@pytest.mark.parametrize(("body", "field"), [
    ({"schedule": {"cron": "1 2 3"}}, "schedule.cron"), ({"schedule": "5m"}, "schedule"),
    ({"schedule": {"cron": "* * * * *", "timezone": "Mars/Base"}}, "schedule.timezone"),
    ({"enabled": "no"}, "enabled"), ({"name": ""}, "name"), ({"kind": "manual"}, "kind"),
])
def test_a_change_of_a_start_that_cant_be_is_refused_with_its_place(program: Program, body: Any, field: str):
    (trigger,) = program.make()["triggers"]
    status, place, _ = program.error("PATCH", f"/api/triggers/{trigger['id']}", body)
    assert (status, place) == (422, field)


def test_another_account_reaches_no_start(program: Program, other: Program):
    path = f"/api/triggers/{program.make()['triggers'][0]['id']}"
    answers = [other.get(path), other.patch(path, {"enabled": False}), other.send("DELETE", path)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
