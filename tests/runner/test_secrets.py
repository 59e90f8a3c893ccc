"""What a run began with under a telling name is kept nowhere else in clear; the steps still get it."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine.domain.data.masking import MASK
from engine.domain.errors import StepFailed
from engine.models import Approval, Execution
from engine.services.runs import recovery
from engine.steps._base import Pause
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow

PASSWORD = "hunter2 & co"
SAY = {"key": "say", "type": "scripted", "with": {"say": "pw is {{ inputs.password }}"}}


def kept(engine: Engine, execution_id: str) -> str:
    """Everything kept for people to read: what went into steps, errors, and the log."""
    steps, lines = engine.step_rows(execution_id).values(), engine.log_lines(execution_id)
    return json.dumps([
        engine.execution(execution_id).error_message, [(step.input, step.error_message) for step in steps],
        [(line.message, line.metadata) for line in lines],
    ], ensure_ascii=False)


@pytest.mark.parametrize("written", [PASSWORD, b64encode(PASSWORD.encode()).decode(), "hunter2+%26+co"])
def test_neither_its_settings_nor_its_log_nor_its_error_keep_it(
    engine: Engine, scripted: Scripted, written: str
) -> None:
    def refuse(context: object, settings: object) -> None:
        context.log("info", f"signing in with {written}", sent=[written])  # type: ignore[attr-defined]
        raise StepFailed(f"{written} was refused", error_class="logic", code="http.status")

    scripted.act = refuse
    run = engine.run(add_live_workflow(engine.database, engine.clock.at, [SAY]), password=PASSWORD)

    said = kept(engine, run.id)
    assert (run.error_message, PASSWORD in said, written in said) == (f"{MASK} was refused", False, False)
    assert engine.step_rows(run.id)["say"].input["say"] == f"pw is {MASK}"


def test_a_run_that_rested_still_hands_it_on(engine: Engine, scripted: Scripted, clock: Clock) -> None:
    scripted.act = lambda context, settings: (
        Pause(context.at + timedelta(minutes=1), settings.say) if context.step_key == "say" else settings.say)
    again = {"say": "{{ steps.say }}, {{ inputs.password }}"}
    steps = [SAY, {"key": "again", "type": "scripted", "with": again}]
    run = engine.run(add_live_workflow(engine.database, clock.at, steps), password=PASSWORD)
    clock.pass_time(minutes=2)
    engine.do(lambda uow: recovery.wake(uow, clock.at))
    engine.advance(run.id)

    assert engine.execution(run.id).output == f"pw is {PASSWORD}, {PASSWORD}"
    assert PASSWORD not in kept(engine, run.id)


def test_what_a_dry_run_would_send_is_kept_without_it(engine: Engine) -> None:
    send = {"key": "send", "type": "http_request", "with": {
        "method": "POST", "url": "https://shop.example/in", "body_kind": "json",
        "body": {"pw": "{{ inputs.password }}"}}}
    workflow_id = add_live_workflow(engine.database, engine.clock.at, [send])
    run_id = engine.start(workflow_id, password=PASSWORD)
    engine.do(lambda uow: uow.execute(update(Execution).values(dry_run=True)))
    engine.advance(run_id)

    assert MASK in engine.step_rows(run_id)["send"].output["would"]["body"]


def test_a_question_to_people_is_asked_without_it(engine: Engine) -> None:
    ask = {"key": "ask", "type": "approve", "with": {"question": "Use {{ inputs.password }}?"}}
    engine.run(add_live_workflow(engine.database, engine.clock.at, [ask]), password=PASSWORD)

    with engine.database.reading() as connection:
        question = connection.execute(select(Approval.question)).scalar_one()
    assert question == f"Use {MASK}?"
