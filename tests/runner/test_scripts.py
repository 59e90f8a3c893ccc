"""Scripts in a run: allowed or not is asked when the step comes."""

from dataclasses import replace
from datetime import datetime

from engine.db import Database
from engine.domain.runs.troubles import trouble
from engine.runner import Runner
from engine.services.runs import executions
from engine.services.server import scripts
from engine.steps._base import StepContext, StepSettings
from engine.wiring import is_held, may_run_scripts
from tests.runner.conftest import Scripted
from tests.support.stories import Engine, add_live_workflow, add_user

STEP = {"key": "backup", "type": "script", "with": {"script": "echo hello"}}


def allowing(engine: Engine) -> Engine:
    engine.means = replace(engine.means, may_run_scripts=lambda: may_run_scripts(engine.database))
    engine.runner = Runner(engine.means, engine.database)
    return engine


def test_a_run_that_comes_to_a_script_fails_while_they_are_off(
    engine: Engine, database: Database, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [STEP])

    run = allowing(engine).run(workflow_id)

    assert (run.status, run.error_code) == ("failed", "script.off")


def test_the_switch_counts_from_the_next_step_on(engine: Engine, database: Database, at: datetime) -> None:
    workflow_id, ann = add_live_workflow(database, at, [STEP]), add_user(database, at)
    engine.do(lambda uow: scripts.allow(uow, True, by=ann, at=at))

    assert allowing(engine).run(workflow_id).output["output"] == "hello\n"

    engine.do(lambda uow: scripts.allow(uow, False, by=ann, at=at))
    assert engine.run(workflow_id).error_code == "script.off"


def test_a_run_that_was_stopped_is_wanted_no_longer(
    engine: Engine, scripted: Scripted, database: Database, at: datetime
) -> None:
    engine.means = replace(
        engine.means, is_held=lambda run_id, epoch: is_held(engine.database, run_id, epoch))
    engine.runner, asked = Runner(engine.means, engine.database), []

    def stop_meanwhile(context: StepContext, settings: StepSettings) -> None:
        asked.append(context.is_wanted())
        engine.do(lambda uow: executions.cancel(uow, context.execution_id, by="Ann", at=at))
        asked.append(context.is_wanted())

    scripted.act = stop_meanwhile
    run = engine.run(add_live_workflow(database, at, [{"key": "a", "type": "scripted"}]))

    assert (asked, run.status) == ([True, False], "cancelled")


def test_a_script_that_fails_is_not_run_again_by_itself(
    engine: Engine, database: Database, at: datetime
) -> None:
    step, ann = {**STEP, "with": {"script": "true\nset -u\necho $nothing"}}, add_user(database, at)
    engine.do(lambda uow: scripts.allow(uow, True, by=ann, at=at))

    run = allowing(engine).run(add_live_workflow(database, at, [step]))

    assert (run.status, run.error_code) == ("failed", "script.error")
    assert trouble(run.error_code, run.error_message, None, None).title == "Your script stopped at line 3"
