"""What people set limits with, and what they are told while a run waits for one."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.db import Database
from engine.models import Execution, User
from engine.services.runs import executions
from tests.support.stories import NOTE, Engine, add_live_workflow
from tests.web.browser import Browser
from tests.web.fields import fields_of

SETTINGS = "/workflows/report/settings"


@pytest.fixture
def held(engine: Engine, admin_id: str) -> Callable[..., list[str]]:
    """Two runs of a workflow with these limits, one of them going, and a third that asked in vain."""
    def make(given: dict[str, Any] | None = None, **limits: Any) -> list[str]:
        workflow_id = add_live_workflow(
            engine.database, engine.clock.at, [NOTE], owner_id=admin_id, name="Copy orders", **limits)
        ids = []
        for _ in range(3):
            engine.clock.pass_time(milliseconds=1)
            ids.append(engine.start(workflow_id, **(given or {})))
        engine.do(lambda uow: uow.execute(update(Execution).where(Execution.id == ids[0]).values(
            status="running", started_at=engine.clock.at)))
        engine.clock.pass_time(seconds=10)
        for execution_id in ids[1:]:
            engine.advance(execution_id)
        return ids

    return make


@pytest.mark.parametrize(("limits", "given", "sentence"), [
    ({"max_concurrent": 1}, {}, "Behind 2 other runs of this workflow (1 at a time)"),
    ({"rate_per_minute": 1}, {},
     'This workflow starts 1 a minute at most – next place in <span class="num" data-until='),
    ({"concurrency_key": "{{ inputs.customer }}"}, {"customer": 42}, "Another run for customer 42 is going"),
    ({"concurrency_key": "{{ inputs.a }}/{{ inputs.b }}"}, {"a": 1, "b": 2},
     "Another run for “1/2” is going"),
])
def test_a_run_that_waits_says_for_what_in_its_row_and_on_its_page(
    ann: Browser, held: Callable[..., list[str]], limits: dict[str, Any], given: dict[str, Any], sentence: str
) -> None:
    *_, last = held(given, **limits)
    assert sentence in ann.get("/monitoring").text
    assert sentence in ann.get(f"/executions/{last}").text


def test_a_limit_of_its_owner_names_the_owner(
    ann: Browser, engine: Engine, admin_id: str, held: Callable[..., list[str]]
) -> None:
    engine.do(lambda uow: uow.execute(update(User).values(max_concurrent=1)))
    held()
    sentence = "Ann’s workflows run 1 at a time; “Copy orders” has the place and is running"
    assert sentence in ann.get("/monitoring").text


@pytest.mark.parametrize(("limits", "sentence"), [
    ({"max_concurrent": 1}, "Behind 2 other runs of this workflow (1 at a time); the first of them "),
    ({"concurrency_key": "{{ inputs.customer }}"}, "Another run for customer 42 is going; that one "),
    ({}, "Ann’s workflows run 1 at a time; “Copy orders” has the place and "),
])
@pytest.mark.parametrize(("reason", "doing"), [
    ("timer", "waits on purpose"), ("approval", "waits for an answer"),
])
def test_a_run_that_has_the_place_and_rests_is_named_and_can_be_looked_at(
    ann: Browser, engine: Engine, held: Callable[..., list[str]], limits: dict[str, Any], sentence: str,
    reason: str, doing: str
) -> None:
    engine.do(lambda uow: uow.execute(update(User).values(max_concurrent=None if limits else 1)))
    first, _, last = held({"customer": 42}, **limits)
    engine.do(lambda uow: uow.execute(update(Execution).where(Execution.id == first).values(
        status="waiting", reason=reason)))
    page = ann.get(f"/executions/{last}").text
    assert f"{sentence}{doing}" in page
    assert f'<a href="/executions/{first}">See the run that has the place</a>' in page


def test_a_run_moves_up_when_the_one_before_it_is_stopped(
    ann: Browser, engine: Engine, held: Callable[..., list[str]]
) -> None:
    _, second, _ = held(max_concurrent=1)
    engine.do(lambda uow: executions.cancel(uow, second, by="Ann", at=engine.clock.at))
    answer = ann.get("/live/monitoring?since=0").text
    assert "Behind 1 other run of this workflow (1 at a time)" in answer


def test_what_runs_have_in_common_is_set_by_the_name_of_a_value(
    ann: Browser, report: str, row: Callable[[], Any]
) -> None:
    form = fields_of(ann.get(SETTINGS).text, SETTINGS)
    changed = {"limits.concurrency_key": "customer", "limits.max_per_key": "2", "limits.priority": "high"}
    assert ann.post(SETTINGS, form | changed).status_code == 303
    saved = row()
    assert (saved.concurrency_key, saved.max_per_key, saved.priority) == ("{{ inputs.customer }}", 2, 1)
    shown = fields_of(ann.get(SETTINGS).text, SETTINGS)
    assert {name: shown[name] for name in changed} == changed


@pytest.mark.parametrize(("typed", "message"), [
    ("{{ steps.a.b }}", "There is no step"), ("two words", "like {{ inputs.customer }}"),
    ("{{ inputs.customer", "{{ inputs.customer"),
])
def test_what_is_no_value_of_the_start_is_refused_and_kept(
    ann: Browser, report: str, typed: str, message: str
) -> None:
    form = fields_of(ann.get(SETTINGS).text, SETTINGS)
    answer = ann.post(SETTINGS, form | {"limits.concurrency_key": typed})
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{typed}"' in answer.text


def test_an_administrator_limits_what_a_person_runs(ann: Browser, admin_id: str, database: Database) -> None:
    path = f"/settings/users/{admin_id}/limits"
    refused = ann.post(path, {"max_concurrent": "none", "rate_per_minute": "60"})
    assert (refused.status_code, 'value="none"' in refused.text) == (422, True)
    assert ann.post(path, {"max_concurrent": "5", "rate_per_minute": ""}).status_code == 303
    with database.reading() as connection:
        saved = connection.execute(select(User.max_concurrent, User.rate_per_minute)).one()
    assert tuple(saved) == (5, None)
    assert "5 at a time" in ann.get("/settings/users").text


def test_nobody_else_does(signed_in: Callable[[str], Browser], admin_id: str) -> None:
    editor = signed_in("editor")
    assert editor.post(f"/settings/users/{admin_id}/limits", {"max_concurrent": "5"}).status_code == 403
