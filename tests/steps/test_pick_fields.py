import pytest

from engine.domain.errors import StepFailed
from engine.steps import registry

ORDERS = [{"id": 1, "order": {"total": 5}, "a.b": "x"}, {"id": 2, "order": {}}]


def pick(context, **settings):
    step_type = registry()["pick_fields"]
    return step_type.run(context, step_type.prepare(settings, {"inputs": {"orders": ORDERS}})).output


def test_a_list_keeps_its_rows_with_new_names(context):
    output = pick(context, **{"from": "{{ inputs.orders }}", "fields": {"number": "id"}})
    assert output == {"rows": [{"number": 1}, {"number": 2}]}


def test_one_thing_keeps_its_fields_also_from_deep_inside(context):
    output = pick(context, **{"from": "{{ inputs.orders.first }}",
                              "fields": {"total": "order.total", "odd": "a.b"}})
    assert output == {"total": 5, "odd": "x"}


def test_a_list_of_names_keeps_them_as_they_are(context):
    assert pick(context, **{"from": ORDERS[0], "fields": ["id"]}) == {"id": 1}


def test_a_missing_field_stops_or_stays_empty_as_chosen(context):
    settings = {"from": ORDERS, "fields": {"total": "order.total"}}
    with pytest.raises(StepFailed) as caught:
        pick(context, **settings)
    assert caught.value.error_code == "data.missing"
    output = pick(context, **settings, if_missing="empty")
    assert output["rows"][1] == {"total": None}


def test_what_has_no_fields_can_not_be_picked_from(context):
    with pytest.raises(StepFailed, match="“5” is not a thing with fields"):
        pick(context, **{"from": 5, "fields": ["id"]})
