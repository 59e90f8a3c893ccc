import pytest

from engine.domain.errors import StepFailed
from engine.steps import registry
from engine.steps._forms import fields, read, written


def test_a_posted_form_gives_the_settings_people_meant():
    settings = read(registry()["http_request"], {
        "url": [" https://x.example "], "method": ["POST"], "body_kind": ["json"],
        "body": ['{"a": 1}'], "headers.key": ["X-A", ""], "headers.value": ["1", ""],
        "timeout_seconds": ["5"], "max_bytes": [""], "accept": ["200-299"],
        "safe_to_repeat": ["on"],
    })
    assert settings == {
        "url": "https://x.example", "method": "POST", "body_kind": "json", "body": '{"a": 1}',
        "headers": {"X-A": "1"}, "timeout_seconds": 5,
    }
    assert registry()["http_request"].check(settings) == []


def test_an_unticked_box_counts_when_it_is_ticked_by_default():
    assert read(registry()["http_request"], {})["safe_to_repeat"] is False


def test_a_number_field_keeps_a_reference_or_a_slip_as_text():
    step_type = registry()["http_request"]
    posted = {"url": ["https://x.example"], "safe_to_repeat": ["on"]}
    given = read(step_type, {**posted, "timeout_seconds": ["{{ inputs.limit }}"]})
    assert step_type.check(given) == []
    given = read(step_type, {**posted, "timeout_seconds": ["ten"]})
    assert step_type.check(given)[0].message == "“Time limit in seconds” must be a number."


def test_a_field_shows_what_was_written_or_the_default():
    shown = {field.name: field for field in fields(registry()["http_request"])}
    assert written(shown["accept"], {}) == "200-299"
    assert written(shown["body"], {"body": {"a": 1}}) == '{\n  "a": 1\n}'
    assert shown["headers"].control == "key_values"
    assert shown["headers"].advanced
    assert not shown["url"].advanced


def test_words_in_one_line_are_shown_and_read_with_commas():
    step_type = registry()["approve"]
    choices = {field.name: field for field in fields(step_type)}["choices"]
    assert written(choices, {}) == "Approve, Reject"
    assert "choices" not in read(step_type, {"choices": ["Approve, Reject"]})
    assert read(step_type, {"choices": ["Yes, No"]})["choices"] == "Yes, No"
    assert written(choices, {"choices": ["Yes, surely", "No"]}) == '[\n  "Yes, surely",\n  "No"\n]'


def test_cards_say_what_steps_of_control_flow_do():
    said = {key: registry()[key].describe(settings) for key, settings in {
        "approve": {"question": "Send it?", "to": ["ann@example.org", "bob@example.org"]},
        "for_each": {"list": "{{ steps.sales.rows }}", "at_once": 5},
        "run_workflow": {"workflow": "morning-report", "wait": False},
        "wait_until": {"until": "18:00"},
        "if": {"left": "{{ item.total }}", "is": "more_than", "right": 9},
    }.items()}
    assert said == {
        "approve": "Ask ann@example.org, bob@example.org: Send it?",
        "for_each": "For each item of {{ steps.sales.rows }}, 5 at once",
        "run_workflow": "Run morning-report and go on at once",
        "wait_until": "Wait until 18:00",
        "if": "If “{{ item.total }}” is more than “9”",
    }


def test_a_loop_takes_values_typed_with_commas_but_no_text_of_an_earlier_step(context):
    loop = registry()["for_each"]
    assert loop.prepare({"list": "Ann, Bob,"}, {}).items == ["Ann", "Bob"]
    given = loop.prepare({"list": "{{ inputs.names }}"}, {"inputs": {"names": "Ann, Bob"}})
    with pytest.raises(StepFailed, match="is not a list"):
        loop.run(context, given)
