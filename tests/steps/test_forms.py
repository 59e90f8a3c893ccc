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
