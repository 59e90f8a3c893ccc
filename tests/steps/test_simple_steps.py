from datetime import timedelta

import pytest

from engine.domain.errors import StepFailed
from engine.steps import registry
from engine.steps._base import EndRun, Finished, Pause


def run(key, context, settings, scope=None):
    step_type = registry()[key]
    return step_type.run(context, step_type.prepare(settings, scope or {}))


def test_a_note_lands_in_the_log_with_its_level(context, log):
    outcome = run("write_log", context, {"message": "3 sales", "level": "warn"})
    assert log == [("warn", "3 sales")]
    assert outcome == Finished({"message": "3 sales"})


def test_a_note_may_be_any_value_of_an_earlier_step(context, log):
    run("write_log", context, {"message": "{{ steps.a.ok }}"}, {"steps": {"a": {"ok": True}}})
    assert log == [("info", "true")]


def test_waiting_rests_the_run_instead_of_sleeping(context):
    outcome = run("wait", context, {"for": "5m"})
    assert isinstance(outcome, Pause)
    assert outcome.wake_at == context.at + timedelta(minutes=5)


def test_a_wait_given_by_an_earlier_step_must_be_a_duration(context):
    with pytest.raises(StepFailed) as caught:
        run("wait", context, {"for": "{{ inputs.pause }}"}, {"inputs": {"pause": "a while"}})
    assert (caught.value.error_class, caught.value.error_code) == ("data", "data.type")


def test_stop_ends_the_run_the_way_it_says(context):
    outcome = run("stop", context, {"message": "Nothing to do", "as": "failed"})
    assert outcome == EndRun("failed", "Nothing to do", {"message": "Nothing to do"})
    assert run("stop", context, {}).status == "completed"


def test_only_if_goes_on_when_it_holds(context):
    scope = {"steps": {"sales": {"rows": [1, 2]}}}
    settings = {"left": "{{ steps.sales.rows.count }}", "is": "more_than", "right": 0}
    assert isinstance(run("only_if", context, settings, scope), Finished)


def test_only_if_ends_the_run_well_and_says_why_when_it_does_not(context):
    outcome = run("only_if", context, {"left": 0, "is": "more_than", "right": 0})
    assert outcome.status == "completed"
    assert outcome.message == "Stopped here: it is not so that “0” is more than “0”."


def test_only_if_needs_something_to_compare_with(context):
    (problem,) = registry()["only_if"].check({"left": 1, "is": "more_than"})
    assert "right" in problem.message
    assert registry()["only_if"].check({"left": "x", "is": "is_empty"}) == []


def test_between_takes_two_values_from_a_form_field(context):
    outcome = run("only_if", context, {"left": 5, "is": "between", "right": "1, 10"})
    assert isinstance(outcome, Finished)


@pytest.mark.parametrize(("settings", "said"), [
    ({"to": "ann@example.org, Bob"}, "“Bob” is no e-mail address. Write one like ann@example.org."),
    ({"choices": "Yes, Yes"}, "Each answer can be there once only, in “choices”."),
])
def test_a_question_says_what_is_wrong_with_it(context, settings, said):
    with pytest.raises(StepFailed, match=said):
        run("approve", context, {"question": "Go on?", **settings})
