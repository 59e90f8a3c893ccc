"""Editing steps that hold steps: whatever is done, no step is lost, doubled or buried too deep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import NotFound
from engine.domain.steps import editing
from engine.domain.steps.checks import check_steps
from engine.domain.steps.differences import differences
from engine.domain.steps.editing import Spot
from engine.domain.steps.reach import reached
from engine.domain.steps.trees import numbered
from engine.steps import registry
from tests.domain.step_trees import blocks, trees

NOTE = {"key": "new", "type": "write_log", "with": {"message": "hello"}}
A, B, C = ({"key": key, "type": "write_log", "with": {"message": key}} for key in "abc")
IF = {"key": "i", "type": "if", "with": {"left": "1", "is": "is", "right": "1"}}


def moved(steps, key, by):
    return editing.moved(steps, key, by, blocks)


def outline(steps):
    """Write a tree as text: `a i(then: b) c`."""
    def one(step):
        held = [f"{name}: {outline(step[name])}" for name in ("then", "otherwise", "steps", "if_fails")
                if step.get(name)]
        return step["key"] + (f"({', '.join(held)})" if held else "")

    return " ".join(map(one, steps))


@given(trees, st.data())
def test_a_move_never_loses_or_doubles_a_step(tree, data):
    key = data.draw(st.sampled_from(editing.keys_of(tree)))
    after = moved(tree, key, data.draw(st.sampled_from([-1, 1])))
    assert sorted(editing.keys_of(after)) == sorted(editing.keys_of(tree))
    problems = check_steps(after, registry())
    assert [problem for problem in problems if problem.code in ("depth", "duplicate")] == []


@given(trees, st.data())
def test_a_step_moved_long_enough_comes_to_either_end(tree, data):
    key = data.draw(st.sampled_from(editing.keys_of(tree)))
    for by, end in ((1, -1), (-1, 0)):
        for _ in range(100):
            tree = moved(tree, key, by)
        assert tree[end]["key"] == key


@given(trees, st.data())
def test_a_removed_step_put_back_at_its_place_leaves_everything_as_it_was(tree, data):
    key = data.draw(st.sampled_from(editing.keys_of(tree)))
    step, spot = editing.find(tree, key), editing.spot_of(tree, key)
    assert editing.inserted(editing.removed(tree, key), step, spot) == tree


@given(trees, st.data())
def test_what_a_step_is_said_to_reach_is_exactly_what_the_checker_lets_it_use(tree, data):
    key = data.draw(st.sampled_from(editing.keys_of(tree)))
    around = {each.step["key"] for each in reached(tree, key)}
    for other in editing.keys_of(tree):
        using = editing.find(tree, key) | {"with": {"message": f"{{{{ steps.{other}.x }}}}"},
                                              "type": "write_log"}
        problems = check_steps(editing.replaced(tree, key, using), registry())
        refused = any(problem.code == "reference" for problem in problems)
        assert refused == (other not in around), (key, other)


def test_a_step_moves_into_a_neighbour_that_holds_steps_through_its_blocks_and_out_again():
    steps, seen = [A, {**IF, "then": [B]}, C], []
    for _ in range(5):
        steps = moved(steps, "a", 1)
        seen.append(outline(steps))
    assert seen == ["i(then: a b) c", "i(then: b a) c", "i(then: b, otherwise: a) c", "i(then: b) a c",
                    "i(then: b) c a"]


def test_a_block_that_was_asked_for_stays_when_it_is_empty():
    steps = [{**A, "if_fails": [B]}]
    assert editing.removed(steps, "b") == [{**A, "if_fails": []}]
    assert editing.inserted([{**A, "if_fails": []}], B, Spot("a.if_fails")) == steps


@pytest.mark.parametrize("block", ["gone.then", "i.nonsense", "i."])
def test_a_place_that_does_not_exist_takes_no_step(block):
    with pytest.raises(NotFound):
        editing.inserted([IF], NOTE, Spot(block))


def test_who_uses_what_a_removed_step_held_is_found():
    user = {"key": "u", "type": "write_log", "with": {"message": "{{ steps.b.message }}"}}
    steps = [{**IF, "then": [B]}, user]
    assert [step["key"] for step in editing.using(steps, "i")] == ["u"]


def test_numbers_follow_the_reading_order_and_go_on_through_the_blocks_of_a_step():
    steps = [{**IF, "then": [A], "otherwise": [B]}, C]
    assert [(number, one.step["key"]) for number, one in numbered(steps)] == [
        ("1", "i"), ("1.1", "a"), ("1.2", "b"), ("2", "c"),
    ]


def test_a_step_that_went_into_a_block_is_told_once_and_what_moved_along_is_not():
    (found,) = differences([A, {**IF, "then": [B]}, C], [{**IF, "then": [A, B]}, C])
    assert (found.kind, found.step["key"], found.before.number) == ("moved", "a", "1")
    assert (found.after.number, found.after.holder["key"], found.after.block) == ("1.1", "i", "then")
    held = {**IF, "then": [A, B]}
    assert [change.step["key"] for change in differences([held, C], [C, held])] in (["c"], ["i"])
    assert differences([{**A, "if_fails": []}], [A]) == []
