"""A dry run shows what every step would do outside, and does none of it."""

from typing import Any

from sqlalchemy import select

from engine.db import UnitOfWork
from engine.models import Workflow
from engine.services.runs import executions
from tests.runner.conftest import AnySettings, Scripted
from tests.support.stories import Engine, add_live_workflow

SEND = {"key": "send", "type": "scripted", "with": {"say": "hello"}}
NOTE = {"key": "note", "type": "write_log", "with": {"message": "sent {{ steps.send }}"}}


class Shown(Scripted):
    def preview(self, context: Any, settings: AnySettings) -> Any:
        return {"would_say": settings.say}


def rehearse(engine: Engine, workflow_id: str) -> Any:
    def queue(uow: UnitOfWork) -> str:
        live = select(Workflow.live_version_id).where(Workflow.id == workflow_id)
        version_id = uow.execute(live).scalar_one()
        return executions.queue(uow, workflow_id, version_id, started_by="manual", at=engine.clock.at,
                                dry_run=True)

    execution_id = engine.do(queue)
    engine.advance(execution_id)
    return engine.execution(execution_id)


def with_preview(engine: Engine) -> tuple[Engine, Shown]:
    shown = Shown()
    return Engine(engine.database, engine.clock, {**engine.steps, "scripted": shown}), shown


def test_nothing_is_done_and_everything_is_shown(engine: Engine) -> None:
    engine, shown = with_preview(engine)
    run = rehearse(engine, add_live_workflow(engine.database, engine.clock.at, [SEND]))
    assert (run.status, shown.calls) == ("completed", [])
    assert engine.step_rows(run.id)["send"].output == {
        "would": {"would_say": "hello"}, "taken": "stand_in", "sample": "‹answer of scripted›"}


def test_what_came_back_last_time_stands_for_the_answer(engine: Engine) -> None:
    engine, shown = with_preview(engine)
    workflow_id = add_live_workflow(engine.database, engine.clock.at, [SEND, NOTE])
    engine.run(workflow_id)
    run = rehearse(engine, workflow_id)
    assert (run.output, len(shown.calls)) == ({"message": "sent hello"}, 1)
    assert engine.step_rows(run.id)["send"].output["taken"] == "last_run"


def test_it_does_not_wait(engine: Engine) -> None:
    wait = {"key": "wait", "type": "wait", "with": {"for": "2d"}}
    assert rehearse(engine, add_live_workflow(engine.database, engine.clock.at, [wait])).status == "completed"


def test_a_step_that_can_not_show_what_it_would_do_ends_it(engine: Engine, scripted: Scripted) -> None:
    run = rehearse(engine, add_live_workflow(engine.database, engine.clock.at, [SEND]))
    assert (run.status, run.error_code, scripted.calls) == ("failed", "dry_run.blocked", [])
