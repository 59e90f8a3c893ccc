"""Runs that start runs know each other; and what looks unusual says so everywhere."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine.db import Database
from tests.support.stories import Engine, add_live_workflow
from tests.web.browser import Browser

WAIT = {"key": "rest", "type": "wait", "with": {"for": "1h"}}
ODD = {"key": "pick", "name": "Pick", "type": "pick_fields", "with": {"from": "{{ inputs }}", "fields": {
    "rows": "rows"}}, "warn_if": [{"value": "rows", "is": "is_empty"}]}


@pytest.fixture
def family(database: Database, engine: Engine, admin_id: str, at: datetime) -> tuple[str, str]:
    """A run that waits for another one; gives the ids of both."""
    child = add_live_workflow(database, at, [WAIT], name="Child", owner_id=admin_id)
    call = {"key": "call", "type": "run_workflow", "with": {"workflow": child}}
    parent = engine.run(add_live_workflow(database, at, [call], name="Parent", owner_id=admin_id)).id
    started = engine.step_rows(parent)["call"].output["id"]
    engine.advance(started)
    return parent, started


def test_a_run_and_the_one_it_started_are_linked_both_ways(ann: Browser, family: tuple[str, str]) -> None:
    parent, child = family
    page = ann.get(f"/executions/{parent}").text
    assert f'href="/executions/{child}"' in page
    assert "It waits for another run to end." in page
    assert "Started by a step of" in ann.get(f"/executions/{child}").text
    assert f'href="/executions/{parent}"' in ann.get(f"/executions/{child}").text
    assert ann.get(f"/api/executions/{child}").json["parentId"] == parent
    assert [one["id"] for one in ann.get(f"/api/executions/{parent}").json["children"]] == [child]


def test_stopping_a_run_says_and_stops_what_it_waits_for(
    ann: Browser, engine: Engine, family: tuple[str, str]
) -> None:
    parent, child = family
    question = ann.get(f"/executions/{parent}/cancellation").text
    assert "It waits for Child; that run is stopped too." in question
    ann.post(f"/executions/{parent}/cancellation")
    assert [engine.execution(one).status for one in family] == ["cancelled", "cancelled"]


def test_a_run_whose_other_run_failed_leads_to_it(
    ann: Browser, engine: Engine, family: tuple[str, str]
) -> None:
    parent, child = family
    ann.post(f"/executions/{child}/cancellation")
    engine.advance(parent)
    page = ann.get(f"/executions/{parent}").text
    assert "The workflow it started did not end well" in page
    assert "Open that run" in page


@pytest.fixture
def odd(database: Database, engine: Engine, admin_id: str, at: datetime) -> Any:
    """A run that went well and looks unusual."""
    return engine.run(add_live_workflow(database, at, [ODD], name="Sales", owner_id=admin_id), rows=[])


def test_what_looks_unusual_says_so_and_why(ann: Browser, odd: Any) -> None:
    assert (odd.status, odd.unusual) == ("completed", True)
    page = ann.get(f"/executions/{odd.id}").text
    assert "Succeeded, looks unusual" in page
    assert "It succeeded, but looks unusual." in page
    assert "“Pick” gave nothing for rows." in page
    assert "but looks unusual" in ann.get("/").text
    assert ann.get(f"/api/executions/{odd.id}").json["unusual"] is True


@pytest.mark.parametrize("path", ["/", "/workflows", "/workflows/{workflow_id}"])
def test_what_looks_unusual_has_a_mark_of_its_own_among_the_bars(
    ann: Browser, engine: Engine, odd: Any, path: str
) -> None:
    engine.clock.pass_time(seconds=1)
    engine.run(odd.workflow_id, rows=[1])
    page = ann.get(path.format(workflow_id=odd.workflow_id)).text
    bars = page[page.index('<svg class="bars"'):]
    bars = bars[:bars.index("</svg>")]
    assert 'aria-label="Last 30 runs: 2 succeeded (1 looks unusual)"' in bars
    assert "<title>Succeeded, looks unusual, " in bars
    assert (bars.count('class="b-wait"'), bars.count('class="b-ok"')) == (2, 1)
    assert "</svg> looks unusual" in page


def test_what_looks_unusual_can_be_looked_for(
    ann: Browser, engine: Engine, odd: Any, database: Database, admin_id: str, at: datetime
) -> None:
    fine = engine.run(add_live_workflow(database, at, [ODD], owner_id=admin_id), rows=[1])
    listed = ann.get("/monitoring?status=unusual").text
    assert [f'id="run-{run.id}"' in listed for run in (odd, fine)] == [True, False]
    (found,) = ann.get("/api/executions?unusual=true").json["executions"]
    assert found["id"] == odd.id


def test_a_run_that_looks_usual_again_ends_the_line_on_home(ann: Browser, engine: Engine, odd: Any) -> None:
    engine.clock.pass_time(seconds=1)
    engine.run(odd.workflow_id, rows=[1])
    assert "but looks unusual" not in ann.get("/").text


def test_nobody_is_led_to_the_run_of_somebody_else(
    signed_in: Callable[[str], Browser], family: tuple[str, str]
) -> None:
    assert signed_in("editor").get(f"/executions/{family[1]}").status_code == 404
