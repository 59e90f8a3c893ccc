import pytest

from engine.domain.data.conditions import COMPARISONS, holds, in_words
from engine.domain.errors import StepFailed


@pytest.mark.parametrize(("left", "word", "right"), [
    ("Ann", "is", "Ann"), (5, "is", "5"), ("5.0", "is", 5), (0.1, "is", "0.10"),
    (True, "is", "true"), ([1], "is", [1]), (None, "is", ""),
    ("Ann", "is_not", "Bob"), ("ann", "is_not", "Ann"),
    ("Annie", "contains", "nn"), ([1, 2], "contains", "2"), ({"a": 1}, "contains", "a"),
    ("Ann", "not_contains", "x"), ("Annie", "starts_with", "Ann"), ("Annie", "ends_with", "ie"),
    ("", "is_empty", None), ("  ", "is_empty", None), ([], "is_empty", None),
    ({}, "is_empty", None), (None, "is_empty", None), (0, "is_not_empty", None),
    ("10", "more_than", 9), (9, "at_least", "9"), ("9", "less_than", "10"), (3, "at_most", 3),
    ("1e2", "more_than", 99), (5, "between", [1, "5"]), ([1, 2, 3], "has_more_than", 2),
    ("2026-11-20", "before", "2026-11-21"), ("2026-11-20T10:00:00Z", "after", "2026-11-20T09:59"),
])
def test_a_condition_that_holds(left, word, right):
    assert holds(left, word, right)


@pytest.mark.parametrize(("left", "word", "right"), [
    ("10", "less_than", "9"), (5, "is", 6), ([], "is_not_empty", None), (False, "is_empty", None),
    (7, "between", [1, 5]), ([1], "has_more_than", 1), ("2026-11-20", "after", "2026-11-21"),
    (1, "is", True),
])
def test_a_condition_that_does_not_hold(left, word, right):
    assert not holds(left, word, right)


@pytest.mark.parametrize(("left", "word", "right", "said"), [
    ("abc", "more_than", 3, "“abc” is not a number."),
    (None, "more_than", 3, "An empty value is not a number."),
    (True, "at_least", 1, "“true” is not a number."),
    ([1, 2], "more_than", 3, "A list of 2 is not a number."),
    (5, "between", 3, "“3” is not a pair of numbers, like [1, 10]."),
    ("abc", "has_more_than", 3, "“abc” is not a list."),
    ("soon", "before", "2026-11-20", "“soon” is not a date."),
])
def test_values_of_the_wrong_kind_fail_with_a_clear_sentence(left, word, right, said):
    with pytest.raises(StepFailed) as caught:
        holds(left, word, right)
    assert caught.value.message == said
    assert (caught.value.error_class, caught.value.error_code) == ("data", "data.type")


def test_a_date_without_a_zone_is_meant_in_the_zone_of_the_workflow():
    midnight_in_berlin = "2026-11-19T23:30:00Z"
    assert holds(midnight_in_berlin, "after", "2026-11-20", timezone="Europe/Berlin")
    assert not holds(midnight_in_berlin, "after", "2026-11-20", timezone="UTC")


def test_an_unknown_word_names_the_nearest_one():
    with pytest.raises(StepFailed, match="Did you mean “more_than”"):
        holds(1, "more_then", 2)


def test_a_condition_reads_as_a_sentence():
    assert in_words(3, "more_than", 0) == "“3” is more than “0”"
    assert in_words([], "is_empty") == "A list of 0 is empty"
    assert in_words(3, "between", [1, 5]) == "“3” is between “1” and “5”"


def test_every_word_has_a_label():
    assert all(comparison.label for comparison in COMPARISONS.values())
