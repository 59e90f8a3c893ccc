"""If and otherwise, what to do when a step fails, and what people want to be warned of."""

from typing import Any

from engine.domain.errors import StepFailed
from engine.services.runs import repeats
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow


def saying(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": "scripted", "with": {"say": key}, **more}


def asking(right: str, **blocks: Any) -> dict[str, Any]:
    condition = {"left": "{{ inputs.size }}", "is": "is", "right": right}
    return {"key": "check", "type": "if", "with": condition, **blocks}


def refuse(*_: object) -> None:
    raise StepFailed("The printer is on fire", error_class="data", code="data.missing")


def run(engine: Engine, *steps: dict[str, Any], **given: Any) -> Any:
    return engine.run(add_live_workflow(engine.database, engine.clock.at, list(steps)), **given)


def test_one_way_is_taken_and_the_other_leaves_no_trace(engine: Engine, scripted: Scripted) -> None:
    check = asking("big", then=[saying("box")], otherwise=[saying("bag")])
    row = run(engine, check, saying("label"), size="big")
    assert row.status == "completed"
    assert [call.step_key for call in scripted.calls] == ["box", "label"]
    assert engine.step_rows(row.id)["check"].output["result"] is True
    assert "bag" not in engine.step_rows(row.id)


def test_without_steps_for_the_other_case_the_run_just_goes_on(engine: Engine, scripted: Scripted) -> None:
    row = run(engine, asking("big", then=[saying("box")]), saying("label"), size="small")
    assert (row.status, [call.step_key for call in scripted.calls]) == ("completed", ["label"])


def test_steps_after_it_can_use_what_the_steps_inside_gave(engine: Engine) -> None:
    note = {"key": "note", "type": "write_log", "with": {"message": "{{ steps.box }} it"}}
    row = run(engine, asking("big", then=[saying("box")]), note, size="big")
    assert row.output == {"message": "box it"}


def test_ending_early_inside_ends_the_whole_run(engine: Engine, scripted: Scripted) -> None:
    stop = {"key": "halt", "type": "stop", "with": {"message": "Too big"}}
    row = run(engine, asking("big", then=[stop, saying("box")]), saying("label"), size="big")
    assert (row.status, row.reason, scripted.calls) == ("completed", "ended_early", [])
    statuses = {key: step.status for key, step in engine.step_rows(row.id).items()}
    assert statuses["box"] == statuses["label"] == "skipped"
    assert statuses["check"] == "completed"


def test_the_steps_for_a_failure_run_and_know_why_and_then_the_run_fails(
    engine: Engine, scripted: Scripted
) -> None:
    scripted.act = refuse
    tell = {"key": "tell", "type": "write_log", "with": {"message": "Sorry: {{ steps.print.error.message }}"}}
    row = run(engine, saying("print", if_fails=[tell]), saying("label"))
    assert (row.status, row.error_message) == ("failed", "The printer is on fire")
    assert engine.step_rows(row.id)["tell"].output == {"message": "Sorry: The printer is on fire"}
    assert "label" not in engine.step_rows(row.id)


def test_only_if_among_them_leaves_the_failure_a_failure(engine: Engine, scripted: Scripted) -> None:
    scripted.act = refuse
    only = {**asking("big"), "key": "only", "type": "only_if"}
    row = run(engine, saying("print", if_fails=[only, saying("tell")]), saying("label"), size="small")
    assert (row.status, row.error_message) == ("failed", "The printer is on fire")
    assert engine.step_rows(row.id)["tell"].status == "skipped"


def test_the_run_goes_on_after_the_steps_for_a_failure_when_it_says_so(
    engine: Engine, scripted: Scripted
) -> None:
    def refuse_to_print(context: Any, settings: Any) -> str:
        if context.step_key == "print":
            refuse()
        return "done"

    scripted.act = refuse_to_print
    row = run(engine, saying("print", if_fails=[saying("by_hand")], on_failure="continue"), saying("label"))
    assert row.status == "completed"
    assert [call.step_key for call in scripted.calls] == ["print", "by_hand", "label"]


def test_a_worker_that_dies_in_a_branch_leaves_the_rest_of_it_to_the_next(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    class Killed(BaseException):
        pass

    def die(context: Any, settings: Any) -> str:
        if context.step_key == "tape" and context.attempt == 1:
            raise Killed
        return "done"

    scripted.act = die
    steps = [asking("big", then=[saying("box"), saying("tape")]), saying("label")]
    execution_id = engine.start(add_live_workflow(engine.database, clock.at, steps), size="big")
    try:
        engine.advance(execution_id)
    except Killed:
        clock.pass_time(seconds=16)
    engine.advance(execution_id)
    assert engine.execution(execution_id).status == "completed"
    assert [call.step_key for call in scripted.calls] == ["box", "tape", "tape", "label"]


def test_a_run_that_misses_what_people_expect_succeeds_and_looks_unusual(engine: Engine) -> None:
    pick = {"key": "pick", "type": "pick_fields", "with": {"from": {"rows": []}, "fields": ["rows"]},
            "warn_if": [{"value": "rows", "is": "is_empty"}]}
    row = run(engine, pick)
    assert (row.status, row.unusual) == ("completed", True)
    assert engine.step_rows(row.id)["pick"].reason == "unusual"


def test_a_run_that_gives_what_people_expect_looks_like_any_other(engine: Engine) -> None:
    pick = {"key": "pick", "type": "pick_fields", "with": {"from": {"rows": [1]}, "fields": ["rows"]},
            "warn_if": [{"value": "rows", "is": "is_empty"}], "warn_after_seconds": 60}
    row = run(engine, pick)
    assert (row.status, row.unusual) == ("completed", False)


def test_a_branch_fails_with_the_step_inside_it_and_can_be_gone_past(
    engine: Engine, scripted: Scripted
) -> None:
    def refuse_to_box(context: Any, settings: Any) -> str:
        if context.step_key == "box":
            refuse()
        return "done"

    scripted.act = refuse_to_box
    strict = run(engine, asking("big", then=[saying("box")]), saying("label"), size="big")
    assert strict.status == "failed"
    assert engine.step_rows(strict.id)["check"].status == "failed"
    past_it = asking("big", then=[saying("box")], on_failure="continue")
    lenient = run(engine, past_it, saying("label"), size="big")
    assert lenient.status == "completed"


def test_a_run_that_goes_on_is_as_unusual_as_what_it_keeps(engine: Engine, scripted: Scripted) -> None:
    scripted.act = lambda context, settings: refuse() if context.step_key == "label" else settings.say
    odd = [{"value": "", "is": "is", "right": "print"}]
    failed = run(engine, saying("print", warn_if=odd), saying("label"))
    scripted.act = lambda context, settings: settings.say
    fresh = engine.do(lambda uow: repeats.resume(uow, failed.id, user_id=None, at=engine.clock.at))
    engine.advance(fresh)
    row = engine.execution(fresh)
    assert (failed.status, row.status, row.unusual) == ("failed", "completed", True)
