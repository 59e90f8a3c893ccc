"""What people see happen without reloading, and that nothing they do is disturbed by it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import Open, sign_in
from tests.support.app_under_test import App
from tests.support.stories import NOTE
from tests.support.waiting import wait_until

WAIT = {"key": "wait", "name": "Wait", "type": "wait", "with": {"for": "3s"}}
ASK = {"key": "ask", "name": "Ask", "type": "approve", "with": {"question": "Go on?"}}
Enter = Callable[..., Page]
Start = Callable[..., str]


@pytest.fixture
def app(new_app: App) -> App:
    return new_app


@pytest.fixture
def start(app: App) -> Start:
    """Make a workflow of these steps, start it and return the run's id."""
    client = app.client()

    def go(*steps: dict[str, Any], name: str = "Report") -> str:
        made = client.post("/api/workflows", json={"name": name, "starts": [], "steps": list(steps)}).json()
        client.patch(f"/api/workflows/{made['id']}", json={"state": "on"})
        answer = client.post(f"/api/workflows/{made['id']}/execute", json={})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    return go


@pytest.fixture
def enter(app: App, open_page: Open, start: Start) -> Enter:
    """Sign in as the administrator, with a first workflow there; options are those of `open_page`."""
    def go(**options: object) -> Page:
        start(NOTE)
        page = open_page(app, **options)
        sign_in(page)
        return page

    return go


def rows(page: Page) -> list[str]:
    """What the list says, row by row, except for what ticks."""
    return page.eval_on_selector_all(
        "#runs tbody tr",
        "rows => rows.map(row => row.id + ' ' + row.querySelector('.chip').textContent.trim())",
    )


def test_a_new_run_appears_and_ends_before_ones_eyes(start: Start, enter: Enter) -> None:
    page = enter()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto("/monitoring")
    expect(page.locator("#live")).to_contain_text("Live")
    run = start(WAIT, NOTE, name="Slow")
    row = page.locator(f"#run-{run}")
    expect(row).to_contain_text("Waiting", timeout=10_000)
    expect(row).to_contain_text("Succeeded", timeout=15_000)
    assert page.locator("#runs tbody tr").first.get_attribute("id") == f"run-{run}"
    assert complaints == []


def test_the_page_of_a_run_goes_on_and_keeps_open_what_was_opened(start: Start, enter: Enter) -> None:
    page = enter()
    run = start(NOTE, WAIT, {**NOTE, "key": "last", "name": "Last"})
    page.goto(f"/executions/{run}")
    expect(page.locator("#step-2")).to_contain_text("Waiting", timeout=10_000)
    page.click("#step-3 > summary")
    expect(page.locator("#step-3")).to_contain_text("Succeeded", timeout=15_000)
    expect(page.locator("#run-head")).to_contain_text("Succeeded")
    expect(page).to_have_title("Succeeded: Report – Carillon")
    assert page.locator("#step-3").get_attribute("open") is not None


def test_lines_of_the_log_follow_each_other_without_a_gap_or_a_double(start: Start, enter: Enter) -> None:
    page = enter()
    run = start(NOTE, WAIT, {**NOTE, "key": "last"})
    page.goto(f"/executions/{run}?tab=log")
    expect(page.locator("#log")).to_contain_text("Run finished", timeout=15_000)
    lines = page.eval_on_selector_all("#log li", "lines => lines.map(line => line.id)")
    page.reload()
    assert lines == page.eval_on_selector_all("#log li", "lines => lines.map(line => line.id)")


def test_after_the_server_was_killed_the_page_is_as_a_fresh_one(start: Start, enter: Enter, app: App) -> None:
    page = enter()
    page.goto("/monitoring")
    expect(page.locator("#live")).to_contain_text("Live")
    run = start(WAIT, NOTE, name="Slow")
    app.kill("web")
    wait_until(app.is_healthy)
    missed = start(NOTE, name="Missed")
    expect(page.locator(f"#run-{run}")).to_contain_text("Succeeded", timeout=30_000)
    expect(page.locator(f"#run-{missed}")).to_contain_text("Succeeded", timeout=30_000)
    seen = rows(page)
    page.reload()
    assert seen == rows(page)


def test_an_answer_overtaken_by_what_was_pushed_meanwhile_is_made_good(start: Start, enter: Enter) -> None:
    page, late = enter(), list[tuple[Route, APIResponse]]()
    page.goto("/monitoring")
    expect(page.locator("#live")).to_contain_text("Live")
    row = page.locator(f"#run-{start(WAIT, NOTE, name='Slow')}")
    expect(row).to_contain_text("Waiting", timeout=10_000)
    page.route("**/live/monitoring*", lambda route: route.continue_() if late else
               late.append((route, route.fetch())))
    page.evaluate("htmx.trigger(document.querySelector('[data-catch-up]'), 'poll')")
    expect(row).to_contain_text("Succeeded", timeout=15_000)
    ((route, answer),) = late
    route.fulfill(response=answer)
    expect(row).to_contain_text("Waiting")
    expect(row).to_contain_text("Succeeded", timeout=10_000)


def test_a_run_older_than_the_page_is_not_put_on_top(start: Start, enter: Enter, app: App) -> None:
    page, client = enter(), app.client()
    old = start(ASK, name="Old")
    asked = f"/api/approvals?executionId={old}"
    question = wait_until(lambda: client.get(asked).json()["approvals"])[0]
    for _ in range(51):
        start(NOTE)
    page.goto("/monitoring")
    expect(page.locator("#live")).to_contain_text("Live")
    before = page.locator("#run-list tr[id]").count()
    client.post(f"/api/approvals/{question['id']}/answer", json={"answer": "Approve"}).raise_for_status()
    wait_until(lambda: client.get(f"/api/executions/{old}").json()["status"] == "completed")
    run = start(NOTE, name="New")
    expect(page.locator(f"#run-{run}")).to_contain_text("Succeeded", timeout=15_000)
    assert page.locator("#run-list tr").first.get_attribute("id") == f"run-{run}"
    assert page.locator(f"#run-{old}").count() == 0
    assert page.locator("#run-list tr[id]").count() == before + 1


def test_what_is_typed_and_chosen_stays_while_runs_come_in(start: Start, enter: Enter) -> None:
    page = enter()
    page.goto("/monitoring")
    expect(page.locator("#live")).to_contain_text("Live")
    page.focus("[name=workflow]")
    run = start(NOTE, name="Other")
    expect(page.locator(f"#run-{run}")).to_contain_text("Succeeded", timeout=15_000)
    assert page.evaluate("document.activeElement.name") == "workflow"


def test_without_scripts_a_run_page_reloads_itself(start: Start, enter: Enter) -> None:
    page = enter(java_script_enabled=False)
    run = start(WAIT, NOTE, name="Slow")
    page.goto(f"/executions/{run}")
    expect(page.locator("h1")).to_have_text("Slow")
    expect(page.locator(".page-head")).to_contain_text("Succeeded", timeout=20_000)
