"""POST /api/schedules/rehearse: a schedule played through before it happens."""

from typing import Any

import pytest

from tests.web.api.program import Program

PATH = "/api/schedules/rehearse"
TENS = {"interval": "10m"}


def test_every_rule_is_played_with_the_same_due_times(program: Program):
    seen = program.post(PATH, {"schedule": TENS, "durationsSeconds": [840], "days": 2}).json

    assert (seen["due"], seen["until"], seen["durationsSeconds"]) == (288, "2026-03-04T09:00:00Z", [840.0])
    assert [(one["rule"], one["isCurrent"]) for one in seen["policies"]] == [
        ("skip", True), ("queue", False), ("allow", False), ("replace", False)]
    assert seen["policies"][0]["sentence"] == "144 of 288 are skipped."


def test_a_start_is_played_under_its_own_rule(program: Program):
    policies = {"overlap": {"rule": "queue", "limit": 2}}
    start = {"name": "often", "kind": "schedule", "schedule": TENS | {"policies": policies}}
    trigger_id = program.make(starts=[start])["triggers"][0]["id"]

    seen = program.post(PATH, {"triggerId": trigger_id, "durationsSeconds": [3600], "days": 1}).json

    assert [one["rule"] for one in seen["policies"] if one["isCurrent"]] == ["queue"]
    assert seen["policies"][1]["longestLine"] == 2


@pytest.mark.parametrize(("body", "field"), [
    ({}, "schedule"), ({"schedule": TENS}, "durationsSeconds"),
    ({"schedule": TENS, "triggerId": "x", "durationsSeconds": [1]}, "schedule"),
    ({"schedule": {"cron": "x"}, "durationsSeconds": [1]}, "schedule.cron"),
    ({"schedule": TENS, "durationsSeconds": []}, "durationsSeconds"),
    ({"schedule": TENS, "durationsSeconds": [-1]}, "durationsSeconds.0"),
    ({"schedule": TENS, "durationsSeconds": [1] * 101}, "durationsSeconds"),
    ({"schedule": TENS, "durationsSeconds": [1], "days": 91}, "days"),
])
def test_what_cant_be_rehearsed_is_refused_with_its_place(program: Program, body: Any, field: str):
    assert program.error("POST", PATH, body)[:2] == (422, field)


def test_a_start_without_runs_needs_to_be_told_how_long_they_take(program: Program):
    trigger_id = program.make()["triggers"][0]["id"]

    assert program.error("POST", PATH, {"triggerId": trigger_id})[:2] == (422, "durationsSeconds")


def test_what_nobody_may_see_is_not_there(program: Program):
    assert program.error("POST", PATH, {"triggerId": "0198-nobody", "durationsSeconds": [1]})[0] == 404
