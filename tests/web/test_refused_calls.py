"""The page of a run whose call was refused leads to what came back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import null, update

from engine.db import Database
from engine.models import ExecutionStep
from tests.steps.servers import Reply, Server
from tests.support.stories import NOTE
from tests.web.browser import Browser

SEE = "See what came back"


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def get(url: str) -> dict[str, Any]:
    return {"key": "get", "name": "Get sales", "type": "http_request", "with": {"url": url},
            "retry": {"max_attempts": 1}}


def test_what_came_back_is_behind_the_button_that_says_so(
    ann: Browser, run: Callable[..., str], server: Server
) -> None:
    server.replies["/x"] = Reply(400, b"<b>Field 7</b> is wrong")
    path = f"/executions/{run(get(server.url('/x')))}"
    page = ann.get(path).text
    assert f'href="{path}?tab=data#run-tabs">{SEE}' in page
    assert "What came back" in page
    assert "&lt;b&gt;Field 7&lt;/b&gt; is wrong" in ann.get(f"{path}?tab=data").text


def test_the_button_leads_to_the_item_of_a_loop_that_failed(
    ann: Browser, run: Callable[..., str], server: Server
) -> None:
    server.replies["/1"] = Reply()
    server.replies["/2"] = Reply(400, b"<b>Field 7</b> is wrong")
    call = get(server.url("/{{ item }}"))
    inner = {"key": "inner", "type": "for_each", "with": {"list": "{{ item }}"}, "steps": [NOTE, call]}
    outer = {**inner, "key": "outer", "with": {"list": "{{ inputs.lists }}"}, "steps": [inner]}
    path = f"/executions/{run(outer, lists=[[1, 1], [1, 2]])}"
    there = f"{path}?loop=inner&amp;at=1&amp;item=2"
    assert f'href="{there}#run-tabs">{SEE}' in ann.get(path).text
    assert "&lt;b&gt;Field 7&lt;/b&gt; is wrong" in ann.get(there.replace("&amp;", "&")).text


def test_where_nothing_was_kept_of_it_there_is_no_such_button(
    ann: Browser, run: Callable[..., str], server: Server, database: Database
) -> None:
    server.replies["/x"] = Reply(400, b"no")
    path = f"/executions/{run(get(server.url('/x')))}"
    with database.transaction() as uow:
        uow.execute(update(ExecutionStep).values(output=null()))
    assert SEE not in ann.get(path).text
