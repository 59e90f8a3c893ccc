"""Scripts in a run: allowed or not is asked when the step comes."""

from dataclasses import replace
from datetime import datetime

from engine.db import Database
from engine.domain.troubles import trouble
from engine.runner import Runner
from engine.services import scripts
from engine.wiring import may_run_scripts
from tests.support.stories import Engine, add_live_workflow, add_user

STEP = {"key": "backup", "type": "script", "with": {"script": "echo hello"}}


def allowing(engine: Engine) -> Engine:
    engine.means = replace(engine.means, may_run_scripts=lambda: may_run_scripts(engine.database))
    engine.runner = Runner(engine.means)
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


def test_a_script_that_fails_is_not_run_again_by_itself(
    engine: Engine, database: Database, at: datetime
) -> None:
    step, ann = {**STEP, "with": {"script": "true\nset -u\necho $nothing"}}, add_user(database, at)
    engine.do(lambda uow: scripts.allow(uow, True, by=ann, at=at))

    run = allowing(engine).run(add_live_workflow(database, at, [step]))

    assert (run.status, run.error_code) == ("failed", "script.error")
    assert trouble(run.error_code, run.error_message, None, None).title == "Your script stopped at line 3"
