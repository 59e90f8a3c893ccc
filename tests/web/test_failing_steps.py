"""Which steps fail most: on the page of figures, as JSON, and the list of the runs that failed with one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, update

from engine.db import Database
from engine.models import Execution, WorkflowVersion
from tests.support.stories import Engine, add_live_workflow
from tests.web.browser import Browser

CHECK = {"key": "check", "name": "Any <i>sales?", "type": "only_if",
         "with": {"left": "{{ inputs.rows }}", "is": "is", "right": "1"}}
STOP = {"key": "halt", "name": "Halt it", "type": "stop", "with": {"as": "failed"}}


@pytest.fixture
def workflow_id(engine: Engine, admin_id: str, at: datetime) -> str:
    """A workflow that failed once with its first step and twice with its second."""
    workflow_id = add_live_workflow(engine.database, at, [CHECK, STOP], owner_id=admin_id)
    for given in ({}, {"rows": 1}, {"rows": 1}):
        engine.run(workflow_id, **given)
    return workflow_id


def section(page: str) -> str:
    start = page.index("Steps that fail most")
    return page[start:page.index("</section>", start)]


def test_the_steps_most_runs_failed_with_come_first_with_bars_and_a_table(
    ann: Browser, workflow_id: str
) -> None:
    shown = section(ann.get("/monitoring/stats").text)
    assert shown.index("Halt it") < shown.index("Any &lt;i&gt;sales?")
    assert shown.count('class="meter"') == 2
    assert '<td data-l="Failed runs" class="num">2</td>' in shown


def test_each_leads_to_the_runs_that_failed_with_it(ann: Browser, engine: Engine, workflow_id: str) -> None:
    link = f"/monitoring?status=failed&workflow={workflow_id}&step=check"
    assert link.replace("&", "&amp;") in ann.get("/monitoring/stats").text
    page = ann.get(link).text
    assert page.count('<tr id="run-') == 1
    assert '<option value="check" selected>Any &lt;i&gt;sales?</option>' in page
    assert ann.get("/monitoring?status=failed").text.count('<tr id="run-') == 3


def test_they_stay_counted_when_the_runs_are_gone_and_the_step_too(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    def change(uow: Any) -> None:
        uow.execute(delete(Execution))
        uow.execute(update(WorkflowVersion).values(definition={"steps": [CHECK]}))

    engine.do(change)
    shown = section(ann.get("/monitoring/stats?days=7").text)
    assert '<td data-l="Failed runs" class="num">2</td>' in shown
    assert ">halt</a>" in shown
    assert "not in the live version" in shown


def test_programs_get_them_too(ann: Browser, workflow_id: str) -> None:
    found = ann.get(f"/api/statistics?workflowId={workflow_id}").json["failingSteps"]
    assert [(step["key"], step["name"], step["runs"]) for step in found] == [
        ("halt", "Halt it", 2), ("check", "Any <i>sales?", 1)]
    runs = ann.get("/api/executions?errorStep=halt").json["executions"]
    assert [run["errorStep"] for run in runs] == ["halt", "halt"]


def test_nobody_sees_the_failures_of_others(
    signed_in: Callable[[str], Browser], database: Database, workflow_id: str, at: datetime
) -> None:
    editor = signed_in("editor")
    assert editor.get("/api/statistics").json["failingSteps"] == []
    assert "Steps that fail most" not in editor.get("/monitoring/stats").text
