"""The emergency brake from its page: what it does is said first, and everybody sees it while it is on."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from engine import clock
from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.models import Setting
from engine.services.planning import ledger
from engine.services.runs import executions
from engine.services.workflows import triggers
from tests.support.stories import NOTE, Clock, Engine, add_live_workflow
from tests.web.browser import Browser

BRAKE = "/settings/brake"


def test_before_it_is_pulled_the_page_says_what_it_does(ann: Browser) -> None:
    page = ann.get(BRAKE).text

    assert "Hold everything?" in page
    assert "Nothing starts on its own any more" in page
    assert "they stay on record and do not run later by themselves." in page


def test_while_it_is_on_every_page_says_so_with_who_and_why(
    ann: Browser, signed_in: Callable[[str], Browser]
) -> None:
    until = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT18:00")
    assert ann.post(BRAKE, {"reason": "stock-take", "until": until}).status_code == 303
    viewer = signed_in("viewer")
    for page in (ann.get("/").text, viewer.get("/workflows").text):
        assert "Everything is held" in page
        assert "by Ann: stock-take." in page
        assert "Released by itself" in page
    assert "/settings/brake/release" not in viewer.get("/").text


def test_what_was_held_is_listed_also_after_the_release(
    ann: Browser, database: Database, admin_id: str, at: datetime
) -> None:
    workflow_id = add_live_workflow(database, at, [NOTE], owner_id=admin_id)
    ann.post(BRAKE, {"reason": "stock-take"})
    with database.transaction() as uow:
        schedule = parse_schedule({"interval": "1h"}, at=at, timezone="UTC")
        start = triggers.add(uow, workflow_id, name="Hourly", kind="schedule", by=None, at=at,
                             schedule=schedule)
        ledger.record(uow, start, workflow_id, clock.now(), clock.now(), outcome="skipped", reason="brake")
    assert "Planned times held so far" in ann.get(BRAKE).text
    ann.post(f"{BRAKE}/release")
    page = ann.get(BRAKE).text
    assert "Planned times held in the last 7 days" in page
    assert "Hourly" in page


def test_releasing_takes_the_banner_away(ann: Browser) -> None:
    ann.post(BRAKE, {"reason": "stock-take"})
    answer = ann.post(f"{BRAKE}/release", follow_redirects=True).text
    assert "Planned times that were held do not run any more." in answer
    assert "Everything is held" not in ann.get("/").text
    assert ann.post(f"{BRAKE}/release").status_code == 409


def test_a_reason_is_needed_and_what_was_typed_is_kept(ann: Browser, database: Database) -> None:
    answer = ann.post(BRAKE, {"reason": " ", "until": "2020-01-01T10:00"})

    assert answer.status_code == 422
    assert "Say why, so that others know." in answer.text
    assert 'value="2020-01-01T10:00"' in answer.text
    with database.reading() as connection:
        assert connection.execute(select(Setting.name).where(Setting.name == "brake")).first() is None


def test_a_time_that_is_none_or_over_is_told_beside_its_field(ann: Browser) -> None:
    for typed in ("soon", "2020-01-01T10:00", "0001-01-01T00:00"):
        answer = ann.post(BRAKE, {"reason": "x", "until": typed})
        assert (answer.status_code, 'href="#f-until"' in answer.text) == (422, True)


def test_only_an_administrator_pulls_it(signed_in: Callable[[str], Browser]) -> None:
    editor = signed_in("editor")
    assert editor.post(BRAKE, {"reason": "x"}).status_code == 403
    assert "An administrator can pull it." in editor.get(BRAKE).text


def test_what_is_running_goes_on_unless_it_is_asked_to_stop(
    ann: Browser, database: Database, admin_id: str, at: datetime
) -> None:
    engine = Engine(database, Clock(at))
    run = engine.start(add_live_workflow(database, at, [NOTE], owner_id=admin_id))
    ann.post(BRAKE, {"reason": "x"})
    assert engine.execution(run).status == "pending"
    ann.post(BRAKE, {"reason": "x", "stop_running": "on"})
    assert engine.execution(run).status == "cancelled"


def test_a_page_that_tells_of_trouble_asks_the_database_nothing(ann: Browser) -> None:
    ann.post(BRAKE, {"reason": "stock-take"})
    assert "Everything is held" not in ann.get("/nowhere").text


def held_run(database: Database, at: datetime, workflow_id: str) -> str:
    """A run that another program asks for, and a worker is told to leave."""
    engine = Engine(database, Clock(at))
    run = engine.do(lambda uow: executions.start(uow, workflow_id, started_by="api", at=at))
    engine.advance(run)
    return run


def test_a_run_that_waits_says_so_in_its_row_and_on_the_page_of_the_brake(
    ann: Browser, report: str, database: Database, at: datetime
) -> None:
    ann.post(BRAKE, {"reason": "stock-take"})
    run = held_run(database, at, report)
    for path in ("/monitoring", BRAKE, f"/executions/{run}"):
        page = ann.get(path).text
        assert "On hold" in page
        assert "Everything is on hold – stock-take" in page
    assert f'id="run-{run}"' in ann.get(BRAKE).text
    answer = ann.post(f"{BRAKE}/release", follow_redirects=True).text
    assert "1 run that waited can begin now." in answer
    assert "On hold" not in answer


def test_run_now_asks_first_and_then_runs(ann: Browser, report: str, database: Database) -> None:
    runs = "/workflows/report/runs"
    assert f'href="{runs}/new"' not in ann.get("/workflows/report").text
    ann.post(BRAKE, {"reason": "stock-take"})
    assert f'href="{runs}/new"' in ann.get("/workflows/report").text
    asked = ann.post(runs, {"key": "k1"})
    assert asked.status_code == 409
    assert "What you start by hand runs all the same." in asked.text
    assert "stock-take" in asked.text
    assert ann.post(runs, {"key": "k1", "told": told(asked.text)}).status_code == 303


def test_running_again_asks_first_too(ann: Browser, report: str, database: Database, at: datetime) -> None:
    run = Engine(database, Clock(at)).run(report).id
    ann.post(BRAKE, {"reason": "stock-take"})
    for path in (f"/executions/{run}/retry", f"/executions/{run}/replay"):
        assert "stock-take" in ann.get(path).text
        asked = ann.post(path)
        assert (asked.status_code, "What you start by hand" in asked.text) == (409, True)
        assert ann.post(path, {"told": told(asked.text)}).status_code == 303
    many = ann.post("/executions/chosen", {"do": "again", "run": run})
    assert (many.status_code, "What you start by hand" in many.text) == (409, True)


def told(page: str) -> str:
    """What the form says the reader was told."""
    return re.findall(r'name="told" value="([^"]+)"', page)[0]
