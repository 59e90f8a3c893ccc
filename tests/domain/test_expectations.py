"""What is said about a step that gave something people wanted to be warned of."""

import pytest

from engine.domain.steps.expectations import unmet

OUTPUT = {"status": 200, "data": {"ok": True, "total": 3, "who": "Ann", "rows": [], "all": [1, 2]}}


@pytest.mark.parametrize(("value", "word", "right", "said"), [
    ("data.ok", "is", "true", "gave ok = true."),
    ("data.who", "is", "Ann", "gave who = “Ann”."),
    ("status", "is_not", "201", "gave status = 200, which is not 201."),
    ("data.total", "less_than", 5, "gave total = 3, which is less than 5."),
    ("data.total", "between", [1, 5], "gave total = 3, which is between 1 and 5."),
    ("data.who", "starts_with", "A", "gave who = “Ann”, which starts with “A”."),
    ("data.rows", "is_empty", None, "gave nothing for rows."),
    ("data.gone", "is_not", "x", "gave gone = an empty value, which is not “x”."),
    ("data.all", "is_not_empty", None, "gave all = a list of 2."),
    ("", "is_not_empty", None, "gave a group of fields."),
])
def test_what_is_odd_is_said_with_the_step_and_in_words(value, word, right, said):
    step = {"warn_if": [{"value": value, "is": word, "right": right}]}
    assert unmet(step, "Get order", OUTPUT, 10, "UTC") == [f"This looks unusual: “Get order” {said}"]


def test_what_took_too_long_names_its_step():
    assert unmet({"warn_after_seconds": 5}, "Get order", {}, 7_000, "UTC") == [
        "This looks unusual: “Get order” took 7 seconds, more than 5."]


def test_what_can_not_be_compared_is_said_too():
    step = {"warn_if": [{"value": "data.who", "is": "more_than", "right": 5}]}
    (said,) = unmet(step, "Get order", OUTPUT, 10, "UTC")
    assert said.startswith("This looks unusual: data.who of “Get order” – ")
