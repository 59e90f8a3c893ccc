"""Editing lists of steps, and telling what changed."""

import pytest

from engine.domain.errors import NotFound
from engine.domain.steps import editing
from engine.domain.steps.differences import differences
from engine.domain.steps.editing import Spot

A, B, C = ({"key": key, "type": "write_log", "with": {"message": key}} for key in "abc")


def no_blocks(step: dict) -> tuple:
    return ()


def keys(steps: list) -> str:
    return "".join(step["key"] for step in steps)


@pytest.mark.parametrize(("after", "order"), [(0, "cab"), (1, "acb"), (2, "abc"), (99, "abc")])
def test_a_step_goes_behind_the_number_of_steps_that_was_asked_for(after: int, order: str) -> None:
    assert keys(editing.inserted([A, B], C, Spot(after=after))) == order


def test_a_step_moves_up_and_down_but_not_over_the_ends() -> None:
    assert keys(editing.moved([A, B, C], "c", -1, no_blocks)) == "acb"
    assert keys(editing.moved([A, B, C], "a", 1, no_blocks)) == "bac"
    assert keys(editing.moved([A, B, C], "a", -1, no_blocks)) == "abc"
    assert keys(editing.moved([A, B, C], "c", 1, no_blocks)) == "abc"


def test_what_is_gone_cannot_be_moved() -> None:
    with pytest.raises(NotFound):
        editing.moved([A, B], "c", 1, no_blocks)


@pytest.mark.parametrize(("name", "key"), [
    ("Get sales", "get_sales"), ("E-mail Zoë", "e_mail_zoe"), ("3 wishes", "step_3_wishes"), ("", "step"),
    ("…", "step"), ("x" * 90, "x" * 36), ("Steps", "steps_2"), ("Taken", "taken_3"), ("日本", "step"),
])
def test_every_name_gives_a_key_that_is_free(name: str, key: str) -> None:
    assert editing.free_key(name, {"taken", "taken_2"}) == key


def test_the_steps_that_take_a_value_from_another_are_found() -> None:
    user = {"key": "d", "type": "write_log", "with": {"message": "{{ steps.a.message }}"}}
    torn = {"key": "e", "type": "write_log", "with": {"message": "{{ steps.a"}}
    assert keys(editing.using([A, B, user, torn], "a")) == "d"


def test_nothing_changed_is_no_difference() -> None:
    assert differences([A, B], [A, {**B, "on_failure": "stop"}]) == []


def test_a_moved_step_is_one_difference_not_two() -> None:
    (found,) = differences([A, B, C], [B, C, A])
    assert (found.kind, found.step["key"]) == ("moved", "a")
    assert (found.before.number, found.after.number) == ("1", "3")


def test_each_changed_setting_is_named_with_both_values() -> None:
    new = {**A, "name": "Note", "with": {"message": "x"}, "retry": {"max_attempts": 5}}
    found = {change.setting: (change.before, change.after) for change in differences([A], [new])}
    assert found == {"with.message": ("a", "x"), "name": (None, "Note"), "retry.max_attempts": (None, 5)}


def test_added_and_removed_steps_are_told_and_a_new_type_is_both() -> None:
    other = {**A, "type": "wait"}
    assert [(change.kind, change.step["type"]) for change in differences([A], [other])] == [
        ("added", "wait"), ("removed", "write_log"),
    ]
