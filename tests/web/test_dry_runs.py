"""Trying a whole workflow from the pages and over the API: nothing leaves, and every message is shown."""

from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.db import Database
from engine.models import Execution, User, Workflow, WorkflowVersion
from tests.support.stories import Engine, add_live_workflow
from tests.web.browser import Browser


@pytest.fixture
def outside() -> Iterator[list[str]]:
    """A server outside, as its calls; its address comes first."""
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    calls.append(f"http://127.0.0.1:{server.server_port}")
    yield calls
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def steps(outside: list[str]) -> list[dict[str, Any]]:
    return [
        {"key": "get", "name": "Get sales", "type": "http_request", "with": {"url": f"{outside[0]}/sales"}},
        {"key": "each", "type": "for_each", "with": {"list": "{{ inputs.names }}"}, "steps": [
            {"key": "send", "name": "Send it", "type": "http_request", "with": {
                "url": f"{outside[0]}/send", "method": "POST", "body_kind": "json",
                "body": {"to": "{{ item }}"}}}]},
        {"key": "ask", "name": "Ask Bob", "type": "approve", "with": {"question": "Refund?"}},
    ]


@pytest.fixture
def workflow_id(database: Database, admin_id: str, at: datetime, steps: list[dict[str, Any]]) -> str:
    return add_live_workflow(database, at, steps, owner_id=admin_id)


def the_run(engine: Engine, path: str) -> Any:
    engine.advance(path.rsplit("/", 1)[1])
    return engine.execution(path.rsplit("/", 1)[1])


def test_nothing_leaves_and_every_message_is_shown(
    ann: Browser, engine: Engine, workflow_id: str, outside: list[str]
) -> None:
    engine.do(lambda uow: uow.execute(update(Workflow).values(max_concurrent=1, rate_per_minute=1)))
    made = ann.send("POST", f"/api/workflows/{workflow_id}/dry-run", {"input": {"names": ["Ann", "Bob"]}})
    assert (made.status_code, made.json["dryRun"]) == (202, True)
    run = the_run(engine, f"/{made.json['id']}")
    assert (run.status, run.error_message, outside[1:]) == ("completed", None, [])
    page = ann.get(f"/executions/{run.id}").text
    assert "Dry run: nothing left this server" in page
    for words in ("Get sales", "(item 2)", "/send", "run this workflow: Refund?"):
        assert words in page
    assert "{&#34;to&#34;: &#34;Bob&#34;}" in page
    assert "Refund?" not in ann.get("/approvals").text


def test_the_page_says_what_was_taken_for_an_answer_and_opens_a_few_messages(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    for names, opened in (["Ann"], 3), (["Ann", "Bob"], 0):
        made = ann.send("POST", f"/api/workflows/{workflow_id}/dry-run", {"input": {"names": names}})
        run = the_run(engine, f"/{made.json['id']}")
        card = ann.get(f"/executions/{run.id}").text.partition('id="would"')[2].partition("</section>")[0]
        assert "Later steps got an example and stand-ins." in card
        assert "are stand-ins for what is not known yet" in card
        assert card.count('<details class="values" open>') == opened


def test_after_a_good_run_the_page_speaks_of_no_stand_ins(
    ann: Browser, engine: Engine, admin_id: str, outside: list[str], steps: list[dict[str, Any]]
) -> None:
    workflow_id = add_live_workflow(engine.database, engine.clock.at, steps[:1], owner_id=admin_id)
    assert (engine.run(workflow_id).status, outside[1:]) == ("completed", ["/sales"])
    path = ann.post(f"/workflows/{workflow_id}/dry-run", {"version": "live"}).location
    the_run(engine, path)
    card = ann.get(path).text.partition('id="would"')[2].partition("</section>")[0]
    assert "Later steps got its answer of the last good run." in card
    assert "stand-in" not in card


def test_a_condition_on_a_stand_in_says_that_only_a_real_answer_decides(
    ann: Browser, engine: Engine, admin_id: str, steps: list[dict[str, Any]]
) -> None:
    note = {"type": "write_log", "with": {"message": "hello"}}
    check = {"key": "check", "name": "Many?", "type": "if", "then": [{**note, "key": "so"}],
             "otherwise": [{**note, "key": "not_so"}],
             "with": {"left": "{{ steps.get.data.total }}", "is": "more_than", "right": 5}}
    workflow_id = add_live_workflow(engine.database, engine.clock.at, [steps[0], check], owner_id=admin_id)
    path = ann.post(f"/workflows/{workflow_id}/dry-run", {"version": "live"}).location
    the_run(engine, path)
    page = ann.get(path).text
    assert "Which way “Many?” goes depends on a real answer; here it is taken to be so." in page
    assert "only a real answer decides" in page[page.index('id="step-2"'):page.index('id="step-2-1"')]
    assert "not tried: only a real answer decides" in page[page.index('id="step-2-2"'):]


def test_a_dry_run_is_in_no_list_unless_asked_for_and_takes_no_place(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    engine.do(lambda uow: uow.execute(update(Workflow).values(rate_per_minute=1)))
    path = ann.post(f"/workflows/{workflow_id}/dry-run", {"version": "live"}).location
    the_run(engine, path)
    assert f'href="{path}"' not in ann.get("/monitoring").text
    assert f'href="{path}"' in ann.get("/monitoring?status=dry_run").text
    assert ann.get("/api/executions").json["executions"] == []
    (listed,) = ann.get("/api/executions?dryRun=true").json["executions"]
    assert path.endswith(listed["id"])
    assert engine.run(workflow_id).reason != "limit"


def test_the_draft_is_tried_without_going_live(
    ann: Browser, engine: Engine, workflow_id: str, steps: list[dict[str, Any]]
) -> None:
    engine.do(lambda uow: uow.execute(update(Workflow).values(draft=[steps[0], steps[2]])))
    assert "The draft, as it stands" in ann.get(f"/workflows/{workflow_id}/dry-run?version=draft").text
    paths = [ann.post(f"/workflows/{workflow_id}/dry-run", {"version": "draft"}).location for _ in range(2)]
    runs = [the_run(engine, path) for path in paths]
    with engine.database.reading() as connection:
        numbers = connection.execute(select(WorkflowVersion.number)).scalars().all()
        live = connection.execute(select(Workflow.live_version_id)).scalar_one()
    assert sorted(numbers) == [1, 2]
    assert runs[0].version_id == runs[1].version_id != live


def test_a_draft_that_is_not_finished_says_what_to_put_right(
    ann: Browser, engine: Engine, workflow_id: str
) -> None:
    engine.do(lambda uow: uow.execute(update(Workflow).values(
        draft=[{"key": "get", "type": "http_request", "with": {}}])))
    answer = ann.post(f"/workflows/{workflow_id}/dry-run", {"version": "draft"})
    assert (answer.status_code, "There is a problem" in answer.text) == (422, True)
    made = ann.send("POST", f"/api/workflows/{workflow_id}/dry-run", {"version": "draft"})
    assert made.json["error"]["field"] == "steps.0.with.url"


def test_a_dry_run_says_whether_a_person_or_a_program_started_it(ann: Browser, workflow_id: str) -> None:
    by_hand = ann.post(f"/workflows/{workflow_id}/dry-run", {"version": "live"}).location
    made = ann.send("POST", f"/api/workflows/{workflow_id}/dry-run", {})
    assert "started with Dry run" in ann.get(by_hand).text
    assert "started by another program" in ann.get(f"/executions/{made.json['id']}").text


def test_pressing_twice_makes_one_dry_run(ann: Browser, engine: Engine, workflow_id: str) -> None:
    form = {"version": "live", "key": "k"}
    paths = {ann.post(f"/workflows/{workflow_id}/dry-run", form).location for _ in range(2)}
    with engine.database.reading() as connection:
        assert connection.execute(select(Execution.dry_run)).scalars().all() == [True]
    assert len(paths) == 1


def test_the_button_is_on_the_workflow_and_on_its_steps(
    ann: Browser, report: str
) -> None:
    assert 'href="/workflows/report/dry-run"' in ann.get("/workflows/report").text
    asked = ann.get("/workflows/report/dry-run").text
    assert "the one of the last good run, else an example or a stand-in" in asked
    assert 'href="/workflows/report/dry-run?version=draft"' in ann.get("/workflows/report/steps").text


def test_an_operator_tries_what_is_live_only(
    signed_in: Any, engine: Engine, database: Database, at: datetime, steps: list[dict[str, Any]]
) -> None:
    operator = signed_in("operator")
    with database.reading() as connection:
        owner = connection.execute(select(User.id).where(User.role == "operator")).scalar_one()
    own = add_live_workflow(database, at, steps, owner_id=owner)
    assert operator.post(f"/workflows/{own}/dry-run", {"version": "live"}).status_code == 303
    assert operator.post(f"/workflows/{own}/dry-run", {"version": "draft"}).status_code == 403
