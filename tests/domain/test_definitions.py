from datetime import UTC, datetime

import pytest
import yaml

from engine.domain.errors import Invalid
from engine.domain.steps.checks import check_steps
from engine.domain.workflows.definitions import parse_document, parse_outline
from engine.steps import registry

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REPORT = yaml.safe_load("""
name: Morning sales report
starts:
  - name: weekdays at nine
    kind: schedule
    schedule: { cron: "0 9 * * 1-5", timezone: Europe/Berlin }
    inputs: { region: north }
steps:
  - key: sales
    type: http_request
    with: { url: "https://shop.example/api/sales?region={{ inputs.region }}" }
  - key: any
    type: only_if
    with: { left: "{{ steps.sales.rows.count }}", is: more_than, right: 0 }
  - key: note
    type: write_log
    with: { message: "Sales: {{ steps.sales.rows.count }}" }
limits: { max_concurrent: 1, rate_per_minute: 60, retry_max_attempts: 3, timeout_seconds: 600 }
""")


def parse(document, **changes):
    return parse_document({**document, **changes}, registry(), at=AT, timezone="UTC")


def problems(document, **changes):
    with pytest.raises(Invalid) as caught:
        parse(document, **changes)
    return {problem.field: problem.message for problem in caught.value.problems}


def steps(*written):
    return [{"key": f"s{number}", "type": "write_log", "with": {"message": "x"}, **step}
            for number, step in enumerate(written)]


def test_a_document_is_read_whole():
    document = parse(REPORT)
    assert document.name == "Morning sales report"
    assert [step.key for step in document.steps] == ["sales", "any", "note"]
    assert document.starts[0].schedule.timezone == "Europe/Berlin"
    assert document.starts[0].inputs == {"region": "north"}
    assert document.limits.max_concurrent == 1


def test_limits_and_switches_have_their_defaults():
    document = parse({"name": "x", "steps": steps({})}, starts=[{"name": "by hand", "kind": "manual"}])
    limits = document.limits
    assert (limits.retry_max_attempts, limits.retry_backoff_ms, limits.timeout_seconds) == (3, 1000, 600)
    assert (limits.max_concurrent, limits.rate_per_minute) == (None, None)
    assert document.starts[0].enabled
    assert document.steps[0].on_failure == "stop"
    assert document.steps[0].retry is None


def test_the_canonical_document_reads_back_the_same():
    written = {
        **REPORT, "notes": "For Ann",
        "steps": [*REPORT["steps"], {
            "key": "bye", "type": "stop", "name": "Say bye", "timeout_seconds": 5,
            "retry": {"max_attempts": 1}, "on_failure": "continue", "with": {"as": "failed"},
        }],
        "starts": [*REPORT["starts"], {"name": "often", "kind": "schedule", "enabled": False,
                                       "schedule": {"interval": "5m"}},
                   {"name": "program", "kind": "api"}],
    }
    document = parse(written)
    mapping = document.to_mapping()
    again = parse_document(mapping, registry(), at=datetime(2027, 1, 1, tzinfo=UTC))
    assert again == document
    assert again.to_mapping() == mapping
    assert mapping["steps"][-1]["with"] == {"as": "failed"}


def test_every_problem_is_found_at_once_with_its_field():
    found = problems({
        "name": " ", "stepz": [],
        "starts": [{"name": "a", "kind": "schedule", "schedule": {"cron": "* * *"}}],
        "steps": steps({"key": "Bad Key"}, {"with": {}}, {"type": "send_fax"},
                       {"with": {"message": "{{ steps.s9.x }}"}}),
        "limits": {"max_concurrent": 0, "timeout_seconds": "10"},
    })
    assert set(found) == {
        "name", "stepz", "starts.0.schedule.cron", "steps.0.key", "steps.1.with.message",
        "steps.2.type", "steps.3.with.message", "limits.max_concurrent", "limits.timeout_seconds",
    }
    assert "Did you mean “steps”?" in found["stepz"]
    assert found["limits.max_concurrent"] == "“limits.max_concurrent” must be 1 or more."
    assert "There are: " in found["steps.2.type"]


@pytest.mark.parametrize("key", ["", "1a", "A", "a-b", "a" * 41, "steps", "run", "inputs", "ä"])
def test_a_key_that_can_not_be_referred_to_is_refused(key):
    assert "steps.0.key" in problems({"name": "x", "steps": steps({"key": key})})


def test_a_key_used_twice_is_said_where_it_comes_again():
    found = problems({"name": "x", "steps": steps({"key": "a"}, {"key": "a"})})
    assert found == {"steps.1.key": "“a” is already the key of another step. Choose another."}


@pytest.mark.parametrize(("reference", "said"), [
    ("steps.s1.x", "has not run yet"), ("steps.s0.x", "has not run yet"), ("steps.s00.x", "s0"),
    ("steps.gone.x", "There is no step “gone”"),
])
def test_only_values_of_earlier_steps_can_be_used(reference, said):
    written = steps({"with": {"message": f"{{{{ {reference} }}}}"}}, {})
    assert said in problems({"name": "x", "steps": written})["steps.0.with.message"]


def test_unknown_settings_are_refused_by_name():
    found = problems({"name": "x", "steps": steps({"with": {"message": "x", "color": "red"}})})
    assert "“color”" in found["steps.0.with.color"]


def test_unknown_keys_of_a_step_are_refused_by_name():
    found = problems({"name": "x", "steps": steps({"typ": "stop", "retry": {"times": 3}})})
    assert "Did you mean “type”?" in found["steps.0.typ"]
    assert "“times”" in found["steps.0.retry.times"]


def test_two_rules_in_one_start_are_refused_naming_both():
    found = problems(REPORT, starts=[{
        "name": "Shop orders", "kind": "schedule",
        "schedule": {"interval": "5m", "cron": "0 9 * * *"},
    }])
    assert found == {"starts.0.schedule": "This sets two schedules for “Shop orders”: "
                                          "every 5 minutes and 0 9 * * *. Choose one."}


@pytest.mark.parametrize("kind", ["source", "workflow", "cron", ""])
def test_a_start_of_a_kind_that_does_not_exist_says_which_do(kind):
    found = problems(REPORT, starts=[{"name": "x", "kind": kind}])
    assert found["starts.0.kind"].endswith("There are: schedule, manual, api, webhook.")


def test_a_schedule_start_without_a_schedule_is_a_problem_not_a_guess():
    found = problems(REPORT, starts=[{"name": "x", "kind": "schedule"}])
    assert "would never start" in found["starts.0.schedule"]


def test_only_schedule_starts_have_a_schedule():
    found = problems(REPORT, starts=[{"name": "x", "kind": "api", "schedule": {"interval": "5m"}}])
    assert "can't have a schedule" in found["starts.0.schedule"]


def test_two_starts_of_one_name_are_refused():
    start = {"name": "Nightly", "kind": "manual"}
    assert "starts.1.name" in problems(REPORT, starts=[start, {**start, "name": " nightly"}])


@pytest.mark.parametrize("document", [None, [], "name", 5, {}, {"name": 5}, {"name": "x"},
                                      {"name": "x", "steps": {}}, {"name": "x", "steps": [5]}])
def test_what_is_no_document_is_refused(document):
    with pytest.raises(Invalid):
        parse_document(document, registry(), at=AT)


def nested(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [
    nested(5_000), "x" * 600_000, ["x"] * 200_000, "a\0b", "\ud800", float("nan"), AT, {1: object()},
])
def test_data_that_can_not_be_kept_is_refused(value):
    found = problems({"name": "x", "steps": steps({"with": {"message": value}})})
    assert set(found) == {"steps"}
    assert "starts" in problems(REPORT, starts=[{"name": "x", "kind": "api", "inputs": {"a": value}}])


def test_two_hundred_steps_are_enough():
    assert problems({"name": "x", "steps": steps(*[{}] * 201)}) == {
        "steps": "A workflow can have 200 steps."
    }


def test_a_draft_may_be_unfinished_and_says_what_is_missing():
    draft = {"name": "x", "steps": [{"key": "a", "type": "http_request"}]}
    assert parse_outline(draft, at=AT).steps == ()
    (problem,) = check_steps(draft["steps"], registry())
    assert (problem.field, problem.code) == ("steps.0.with.url", "missing")
    assert check_steps([], registry()) == []
