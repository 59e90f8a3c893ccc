"""What people call a step."""

from engine.steps import name_of, told_apart


def test_a_step_has_its_name_or_the_label_of_its_type():
    assert name_of({"key": "a", "type": "write_log", "name": "Tell"}) == "Tell"
    assert name_of({"key": "a", "type": "write_log"}) == "Write a note in the log"
    assert name_of({"key": "a", "type": "gone"}) == "gone"


def test_steps_without_a_name_are_told_apart_by_their_keys():
    inner = {"key": "b", "type": "write_log"}
    steps = [{"key": "a", "type": "write_log"}, {"key": "each", "type": "for_each", "steps": [inner]},
             {"key": "c", "type": "write_log", "name": "Tell"}]
    assert told_apart(steps) == {
        "a": "Write a note in the log (a)", "b": "Write a note in the log (b)",
        "each": name_of({"type": "for_each"}), "c": "Tell"}
    assert told_apart([inner]) == {"b": "Write a note in the log"}
