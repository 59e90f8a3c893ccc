"""From a draft to a workflow that is on, and back to an older version."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.domain.errors import Invalid, NotFound
from engine.models import Workflow
from engine.services.workflows import launches, versions, workflows
from tests.services.conftest import NOTE, WEEKDAYS_AT_9, add_schedule, schedules_of
from tests.support.stories import Engine, add_user


def make_draft(engine: Engine, steps: list = NOTE, name: str = "Report") -> str:
    owner = add_user(engine.database, engine.clock.at, f"{name}@example.org")
    return engine.do(lambda uow: workflows.create(
        uow, owner_id=owner, name=name, steps=steps, limits={}, at=engine.clock.at
    ))


def launch(engine: Engine, workflow_id: str, **more) -> int:
    return engine.do(lambda uow: launches.launch(
        uow, workflow_id, by="ann", at=engine.clock.at, timezone="Europe/Berlin", **more
    ))


def workflow(engine: Engine, workflow_id: str):
    with engine.database.reading() as connection:
        return connection.execute(
            select(*Workflow.__table__.columns).where(Workflow.id == workflow_id)
        ).one()


def test_launching_a_draft_turns_the_workflow_on_and_plans_its_schedule(engine: Engine) -> None:
    draft = make_draft(engine)
    add_schedule(engine, draft, "weekdays", WEEKDAYS_AT_9)
    assert schedules_of(engine, draft)["weekdays"].next_run_at is None
    assert launch(engine, draft) == 1
    assert workflow(engine, draft).state == "on"
    assert schedules_of(engine, draft)["weekdays"].next_run_at is not None


def test_a_first_run_is_due_in_a_minute_and_a_second_one_gets_another_name(engine: Engine) -> None:
    draft = make_draft(engine)
    launch(engine, draft, first_run=True)
    launch(engine, draft, first_run=True)
    due = {name: row.next_run_at - engine.clock.at for name, row in schedules_of(engine, draft).items()}
    assert due == {"First run": timedelta(minutes=1), "First run 2": timedelta(minutes=1)}


def test_launching_again_leaves_a_workflow_that_is_off_off(engine: Engine) -> None:
    draft = make_draft(engine)
    launch(engine, draft)
    engine.do(lambda uow: workflows.switch(uow, draft, "off", by="ann", at=engine.clock.at))
    assert launch(engine, draft) == 2
    assert workflow(engine, draft).state == "off"


def test_a_draft_without_steps_or_with_blanks_stays_a_draft(engine: Engine) -> None:
    for name, steps in (("empty", []), ("blank", [{"key": "a", "type": "write_log", "with": {}}])):
        draft = make_draft(engine, steps, name)
        with pytest.raises(Invalid):
            launch(engine, draft)
        assert workflow(engine, draft).state == "draft"


def test_restoring_a_version_makes_it_the_draft_and_nothing_live(engine: Engine) -> None:
    draft = make_draft(engine)
    launch(engine, draft)
    changed = [{**NOTE[0], "with": {"message": "other"}}]
    engine.do(lambda uow: workflows.save_draft(uow, draft, changed, rev=0, by="ann", at=engine.clock.at))
    launch(engine, draft)
    live = workflow(engine, draft).live_version_id
    engine.do(lambda uow: versions.restore(uow, draft, 1, by="ann", at=engine.clock.at))
    assert workflow(engine, draft).draft == NOTE
    assert workflow(engine, draft).live_version_id == live
    with pytest.raises(NotFound):
        engine.do(lambda uow: versions.restore(uow, draft, 9, by="ann", at=engine.clock.at))


def test_a_workflow_called_new_does_not_hide_behind_the_page_for_new_ones(engine: Engine) -> None:
    assert workflow(engine, make_draft(engine, name="New")).slug == "new-2"
