"""The page of a workflow warns when its runs outlast the gap between their planned times."""


import pytest
from sqlalchemy import update

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Execution
from engine.services.due import dispatch
from engine.services.workflows import triggers
from tests.support.stories import NOTE, Clock, add_live_workflow
from tests.web.browser import Browser


@pytest.mark.parametrize(("minutes", "warns"), [(14, True), (2, False)])
def test_two_numbers_and_a_way_out(
    ann: Browser, database: Database, admin_id: str, now: Clock, minutes: int, warns: bool
) -> None:
    slug = add_live_workflow(database, now.at, [NOTE], owner_id=admin_id)
    rule = {"interval": "10m", "timezone": "UTC", "policies": {"overlap": "allow"}}
    with database.transaction() as uow:
        start = triggers.add(uow, slug, name="Often", kind="schedule", by=None, at=now.at,
                             schedule=parse_schedule(rule, at=now.at))
    for _ in range(12):
        now.pass_time(minutes=10)
        with database.transaction() as uow:
            dispatch.dispatch(uow, now.at)
    with database.transaction() as uow:
        uow.execute(update(Execution).values(
            status="completed", started_at=Execution.queued_at, duration_ms=minutes * 60_000))
    now.pass_time(seconds=1)
    page = ann.get(f"/workflows/{slug}").text
    assert ("Runs take 14 minutes but are planned every 10 minutes." in page) is warns
    assert ("Try every 20 minutes." in page) is warns
    assert (f"/workflows/{slug}/starts/{start}/rehearse" in page) is warns
