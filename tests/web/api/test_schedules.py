from collections.abc import Callable
from typing import Any

import pytest

from tests.web.api.program import Program

PATH = "/api/schedules/preview"


def test_a_schedule_is_said_in_words_with_its_next_times(program: Program):
    schedule = {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"}
    shown = program.post(PATH, {"schedule": schedule, "count": 3}).json
    assert shown["next"] == ["2026-03-03T08:00:00Z", "2026-03-04T08:00:00Z", "2026-03-05T08:00:00Z"]
    assert shown["schedule"]["cron"] == "0 9 * * 1-5"
    assert "9:00 am" in shown["sentence"]
    assert shown["warnings"] == []


def test_a_schedule_is_looked_at_from_any_moment(program: Program):
    order = {"schedule": {"interval": "1h"}, "after": "2026-12-24T18:10:00+01:00", "count": 1}
    assert program.post(PATH, order).json["next"] == ["2026-12-24T18:00:00Z"]


def test_a_phrase_is_understood(program: Program):
    shown = program.post(PATH, {"schedule": {"say": "every weekday at 9am"}, "count": 1})
    assert shown.json["next"] == ["2026-03-03T08:00:00Z"]


def test_what_people_should_know_comes_as_a_warning(program: Program):
    warnings = program.post(PATH, {"schedule": {"cron": "0 9 1 * 1"}}).json["warnings"]
    assert [warning.keys() for warning in warnings] == [{"code", "message"}] * len(warnings) != []


@pytest.mark.parametrize(("body", "field"), [
    ({}, "schedule"), ({"schedule": "daily"}, "schedule"), ({"schedule": {}}, "schedule.kind"),
    ({"schedule": {"cron": "x"}}, "schedule.cron"), ({"schedule": {"cron": "0 0 30 2 *"}}, "schedule.cron"),
    ({"schedule": {"cron": "0," * 5000 + "0 * * * *"}}, "schedule.cron"),
    ({"schedule": {"interval": "5m"}, "count": 101}, "count"),
    ({"schedule": {"interval": "5m"}, "count": 0}, "count"),
    ({"schedule": {"interval": "5m"}, "count": "5"}, "count"),
    ({"schedule": {"interval": "5m"}, "after": "9999-12-31T23:59:59Z"}, "after"),
    ({"schedule": {"interval": "5m"}, "after": "0001-01-01T00:00:00+14:00"}, "after"),
    ({"schedule": {"interval": "5m"}, "after": "2026-03-02"}, "after"),
    ({"schedule": {"interval": "5m"}, "before": "2026-03-02"}, "before"),
    ({"schedule": {"interval": "5m", "cron": "* * * * *"}}, "schedule.cron"),
    ({"schedule": {"weekly": {"days": ["someday"], "times": ["9:00"]}}}, "schedule.weekly.days"),
])
def test_what_cant_be_a_schedule_is_refused_with_its_place(program: Program, body: Any, field: str):
    status, place, message = program.error("POST", PATH, body)
    assert (status, place) == (422, field)
    assert message


def test_a_hundred_times_are_the_most(program: Program):
    shown = program.post(PATH, {"schedule": {"interval": "1s"}, "count": 100}).json
    assert (len(shown["next"]), shown["next"][-1]) == (100, "2026-03-02T09:01:40Z")


def test_a_new_schedule_is_compared_with_the_one_it_would_replace(program: Program):
    trigger = program.make()["triggers"][0]
    order = {"schedule": {"cron": "0 9 * * *", "timezone": "Europe/Berlin"}, "compareWith": trigger["id"]}

    changes = program.post(PATH, order).json["changes"]

    assert (changes["added"], changes["removed"], changes["kept"]) == (26, 0, 64)
    assert (changes["firstNew"], changes["firesNow"]) == ("2026-03-07T08:00:00Z", False)
    assert changes["sentence"].startswith("In the next 90 days 26 times are added and 64 times stay.")


def test_without_something_to_compare_with_there_are_no_changes(program: Program):
    assert program.post(PATH, {"schedule": {"interval": "5m"}}).json["changes"] is None


def test_only_a_start_with_a_schedule_can_be_compared_with(program: Program):
    by_hand = program.make(starts=[{"name": "by hand", "kind": "manual"}])["triggers"][0]["id"]
    for trigger_id in (by_hand, "0198-nobody"):
        order = {"schedule": {"interval": "5m"}, "compareWith": trigger_id}
        assert program.error("POST", PATH, order)[0] == 404


def test_a_preview_leaves_out_what_a_blackout_holds_back(program_of: Callable[..., Program], admin_id: str):
    program = program_of(admin_id, "admin")
    weekdays = {"weekly": {"days": ["mon", "tue", "wed"], "times": ["09:00"]}, "timezone": "UTC"}
    order = {"schedule": weekdays, "count": 1}
    assert program.post(PATH, order).json["next"] == ["2026-03-03T09:00:00Z"]
    made = program.post("/api/blackouts", {
        "name": "Stock-take", "from": "2026-03-03T00:00:00Z", "to": "2026-03-04T00:00:00Z"})
    assert made.status_code == 201, made.text
    assert program.post(PATH, order).json["next"] == ["2026-03-04T09:00:00Z"]


def test_what_can_be_chosen_about_clock_changes_is_listed(program: Program):
    nightly = {"daily": {"times": ["02:30"]}, "timezone": "Europe/Berlin"}
    forward, back = program.post(PATH, {"schedule": nightly}).json["clockChoices"]
    assert forward == {"name": "forward", "question": "On Sun 29 March, 2:30 am does not exist",
                       "options": [["shift", "Run at 3:00 am"], ["skip", "Skip that day"]]}
    assert [key for key, _ in back["options"]] == ["first", "second", "both"]
    assert program.post(PATH, {"schedule": {"interval": "5m"}}).json["clockChoices"] == []


def test_a_moment_is_asked_about_with_its_own_warnings(program: Program):
    order = {"schedule": {"daily": {"times": ["09:00"]}, "timezone": "America/New_York"},
             "after": "2027-03-10T00:00:00Z"}
    codes = [warning["code"] for warning in program.post(PATH, order).json["warnings"]]
    assert codes == ["clock_change", "zone_distance"]


def test_a_cron_expression_comes_with_the_pattern_that_means_the_same(program: Program):
    def pattern(cron: str) -> Any:
        return program.post(PATH, {"schedule": {"cron": cron, "timezone": "Europe/Berlin"}}).json["pattern"]

    assert pattern("0 9 * * 1")["weekly"] == {"days": ["mon"], "times": ["09:00"], "every": 1}
    assert pattern("0 9 1 * 1") is None


def test_what_a_phrase_leaves_open_is_told(program: Program):
    daily = program.post(PATH, {"schedule": {"say": "every day"}}).json
    assert daily["assumptions"] == ["We assumed 9:00 am"]
    assert program.post(PATH, {"schedule": {"interval": "5m"}}).json["assumptions"] == []


def test_a_preview_tells_what_a_weekend_off_would_cost(program: Program):
    policies = {"missed": {"rule": "all", "limit": 2}}
    schedule = {"interval": "1h", "timezone": "Europe/Berlin", "policies": policies}
    found = program.post(PATH, {"schedule": schedule}).json["ifOff"]
    assert (found["start"], found["until"]) == ("2026-03-06T17:00:00Z", "2026-03-09T07:00:00Z")
    assert (found["due"], found["starts"]) == (61, ["2026-03-09T07:00:00Z", "2026-03-09T07:01:00Z"])
    assert found["sentence"].endswith("this would run: 2 times, Monday 8:00 am to 8:01 am. "
                                      "Left out: 59 missed times.")


def test_a_preview_counts_the_runs_and_names_what_is_left_out(program: Program):
    weekly = {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["09:00"]}
    order = {"schedule": {"weekly": weekly, "holidays": {"calendars": ["country:DE"], "rule": "skip"}},
             "after": "2026-12-23T12:00:00Z"}
    found = program.post(PATH, order).json
    assert found["frequency"] == {"count": 5, "per": "week", "isExact": True}
    assert found["omissions"] == [
        {"day": "2026-12-25", "name": "Christmas Day (Germany)", "isMoved": False}]


def test_an_assumed_half_of_the_day_comes_with_the_phrase_for_the_other(program: Program):
    found = program.post(PATH, {"schedule": {"say": "every day at 10"}}).json
    assert found["assumptions"] == ["10:00 am (not 10 pm)"]
    assert found["switches"] == {"10:00 am (not 10 pm)": "every day at 10 pm"}
