"""POST /api/workflows/import-crontab: every job a draft, nothing switched on."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.api.program import Program

PATH = "/api/workflows/import-crontab"
TEXT = "0 3 * * * backup\n@reboot start\nCRON_TZ=Asia/Tokyo\n@daily curl https://shop.example/cron"


def test_every_line_is_answered_with_what_it_became(program: Program):
    answer = program.post(PATH, {"text": TEXT, "timezone": "Europe/Berlin"})
    backup, start, call = answer.json["lines"]

    assert (answer.status_code, answer.json["made"]) == (201, 2)
    assert (backup["line"], backup["step"], backup["slug"]) == (1, "script", "backup")
    assert (backup["why"], answer.json["scriptsAllowed"]) == (None, False)
    assert (start["workflowId"], start["sentence"]) == (None, None)
    assert "machine starts" in start["why"]
    assert (call["step"], call["why"], call["sentence"]) == (
        "http_request", None, "At 12:00 am every day, Tokyo time.")


def test_what_is_made_is_a_draft_with_its_schedule(program: Program):
    made = program.post(PATH, {"text": TEXT}).json["lines"][0]
    workflow = program.get(f"/api/workflows/{made['workflowId']}").json

    assert (workflow["state"], workflow["nextRunAt"]) == ("draft", None)
    assert workflow["starts"][0]["schedule"]["cron"] == "0 3 * * *"
    assert workflow["notes"] == "Line 1 of a crontab:\n0 3 * * * backup"


def test_the_column_of_users_can_be_named(program: Program):
    made = program.post(PATH, {"text": "0 3 * * * deploy run.sh", "userColumn": "yes"}).json["lines"][0]

    assert made["name"] == "run.sh"


@pytest.mark.parametrize(("body", "field"), [
    ({}, "text"), ({"text": ""}, "text"), ({"text": "x" * 200_001}, "text"),
    ({"text": "@daily x\n" * 301}, "text"), ({"text": TEXT, "timezone": "Mars/Base"}, "timezone"),
    ({"text": TEXT, "userColumn": "maybe"}, "userColumn"), ({"text": 3}, "text"),
])
def test_what_cant_be_brought_in_is_refused_and_nothing_is_made(program: Program, body: Any, field: str):
    assert program.error("POST", PATH, body)[:2] == (422, field)
    assert program.get("/api/workflows").json["workflows"] == []


def test_reading_is_not_enough(program_of: Callable[..., Program], admin_id: str):
    assert program_of(admin_id, "run").error("POST", PATH, {"text": TEXT})[0] == 403
