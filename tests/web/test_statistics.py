"""The page of figures, its file, and what Home and a workflow say of them."""

from datetime import timedelta

import pytest

from engine import clock
from engine.db import Database
from engine.domain.runs.statistics import Ended
from engine.services.runs import statistics
from tests.support.stories import add_live_workflow
from tests.web.browser import Browser

EVIL = '=cmd|" /C calc"!A1'


@pytest.fixture
def workflow_id(database: Database, admin_id: str) -> str:
    """A workflow of which 97 runs went well, 3 failed and 4 were stopped, most of them yesterday."""
    at = clock.now()
    workflow_id = add_live_workflow(database, at, [], name=EVIL, owner_id=admin_id)
    yesterday = at - timedelta(days=1)
    with database.transaction() as uow:
        statistics.count(uow, [
            *[Ended(workflow_id, "completed", yesterday, 12_000, 40)] * 97,
            *[Ended(workflow_id, "failed", at, 3_000, 40)] * 3,
            *[Ended(workflow_id, "cancelled", at, None, None)] * 4,
        ])
    return workflow_id


def test_the_page_shows_charts_and_says_the_same_in_tables(ann: Browser, workflow_id: str) -> None:
    page = ann.get("/monitoring/stats").text
    assert "<dd>104</dd>" in page
    assert "<dd>97 %</dd>" in page
    assert "97 succeeded" in page
    assert "3 failed, 4 stopped" in page
    assert 'class="heat"' in page
    assert page.count("<caption") == 2


@pytest.mark.parametrize("query", ["?days=7", "?days=90", "?days=30&workflow="])
def test_the_time_looked_at_can_be_chosen(ann: Browser, workflow_id: str, query: str) -> None:
    assert "<dd>104</dd>" in ann.get(f"/monitoring/stats{query}").text


@pytest.mark.parametrize("query", ["?days=8", "?days=x&days=8", "?workflow=nobodys"])
def test_what_can_not_be_looked_at_is_refused(ann: Browser, query: str) -> None:
    assert ann.get(f"/monitoring/stats{query}").status_code in (404, 422)


def test_without_runs_the_page_says_so(ann: Browser) -> None:
    assert "No run has ended in this time." in ann.get("/monitoring/stats").text


def test_the_file_has_a_line_for_each_day_and_no_formulas(ann: Browser, workflow_id: str) -> None:
    lines = ann.get("/monitoring/stats.csv?days=7").text.splitlines()
    assert lines[0] == "day,workflow,succeeded,failed,stopped"
    assert len(lines) == 3
    assert lines[1].endswith(",97,0,0")
    assert ",=cmd" not in lines[1]


def test_workflows_of_the_same_name_are_told_apart(
    ann: Browser, workflow_id: str, database: Database, admin_id: str
) -> None:
    other = add_live_workflow(database, clock.now(), [], name=EVIL, owner_id=admin_id)
    with database.transaction() as uow:
        statistics.count(uow, [Ended(other, "completed", clock.now(), 60_000, 40)])
    page = ann.get("/monitoring/stats").text
    for slug in (workflow_id, other):
        assert f'<span class="why">{slug}</span>' in page
        assert f"!A1 ({slug})</option>" in page
        assert f"!A1 ({slug})</option>" in ann.get("/monitoring").text
        assert f"!A1 ({slug})" in ann.get("/monitoring/stats.csv").text


def test_home_says_how_the_week_went(ann: Browser, workflow_id: str) -> None:
    page = ann.get("/").text
    assert "<strong>Last 7 days</strong> 104 runs · 97 % succeeded · usually 1" in page


def launch(ann: Browser, workflow_id: str) -> str | None:
    return ann.post(f"/workflows/{workflow_id}/runs").location


def test_a_workflow_says_how_long_it_usually_takes(ann: Browser, workflow_id: str) -> None:
    run_id = launch(ann, workflow_id)
    assert run_id
    page = ann.get(f"/workflows/{workflow_id}").text
    assert "usually takes 1" in page
    assert f'href="/monitoring/stats?workflow={workflow_id}"' in page


def test_programs_get_the_same_figures(ann: Browser, workflow_id: str) -> None:
    found = ann.get(f"/api/statistics?workflowId={workflow_id}&days=7").json
    assert found["total"] == {"runs": 104, "completed": 97, "failed": 3, "cancelled": 4, "successRate": 97.0}
    assert len(found["days"]) == 7
    assert 10_000 < found["durationMs"]["p50"] < 14_500
    assert sum(hour["runs"] for hour in found["hours"]) == 104


def test_nobody_sees_the_figures_of_others(ann: Browser, signed_in, workflow_id: str) -> None:
    editor = signed_in("editor")
    assert "No run has ended" in editor.get("/monitoring/stats").text
    assert editor.get(f"/api/statistics?workflowId={workflow_id}").status_code == 404
