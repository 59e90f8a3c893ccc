import pytest

from engine.steps import registry
from engine.steps._forms import fields


def test_every_file_is_a_type_named_after_it():
    assert {key: step_type.key for key, step_type in registry().items()} == {
        key: key for key in registry()
    }
    assert {"wait", "write_log", "stop", "only_if"} <= set(registry())


@pytest.mark.parametrize("step_type", registry().values(), ids=list(registry()))
def test_every_type_can_be_shown_to_people(step_type):
    assert step_type.name
    assert step_type.summary
    assert step_type.group
    assert step_type.icon
    assert step_type.describe({})
    assert all(field.label for field in fields(step_type))


@pytest.mark.parametrize("step_type", registry().values(), ids=list(registry()))
def test_every_select_offers_choices(step_type):
    assert all(field.choices for field in fields(step_type) if field.control == "select")


def test_a_form_field_is_named_like_the_key_in_a_file():
    comparison = next(field for field in fields(registry()["only_if"]) if field.name == "is")
    assert comparison.label == "Comparison"
    assert ("more_than", "is more than") in comparison.choices
    assert comparison.required


def test_an_unknown_setting_is_refused_by_name_with_the_nearest_one():
    (problem,) = registry()["write_log"].check({"message": "hello", "levle": "info"})
    assert problem.field == "levle"
    assert "“levle”" in problem.message
    assert "“level”" in problem.message


def test_a_blank_is_named_by_its_label():
    (problem,) = registry()["write_log"].check({})
    assert (problem.field, problem.code) == ("message", "missing")
    assert problem.message == "Fill in “Note”."


def test_a_reference_may_stand_where_another_kind_of_value_is_needed():
    assert registry()["wait"].check({"for": "{{ inputs.pause }}"}) == []
    assert registry()["wait"].check({"for": "some time"})[0].field == "for"
