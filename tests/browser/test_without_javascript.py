"""Everything can be made, run and looked at with scripts switched off."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, sign_in
from tests.support.app_under_test import App
from tests.support.waiting import wait_until


@pytest.fixture
def page(used_app: App, open_page: Open) -> Page:
    page = open_page(used_app, java_script_enabled=False, viewport={"width": 360, "height": 740})
    sign_in(page)
    return page


def test_a_workflow_is_made_run_and_watched(page: Page, used_app: App) -> None:
    page.goto("/workflows/new")
    page.get_by_label("What do you call it?").fill("By hand")
    page.get_by_role("button", name="Continue").click()

    page.get_by_text("Every month", exact=True).click()
    page.get_by_label("Days, like 1 or 1, 15").fill("31")
    page.get_by_role("button", name="Show the next runs").click()
    expect(page.locator("#preview")).to_contain_text("On the 31st of every month at 9:00 am")
    page.get_by_role("button", name="Add a time").and_(page.locator("[value=monthly]")).click()
    page.locator("[name='monthly.times']").last.fill("17:00")
    page.get_by_role("button", name="Save and continue").click()

    add_note(page, "Add the first step", "Hello")
    page.get_by_role("link", name="Add a step at the end").click()
    page.get_by_role("link", name="Write a note in the log").click()
    page.get_by_text("Use a value from an earlier step").click()
    page.get_by_label("Put it at the end of").select_option(label="Note")
    page.get_by_role("button", name="Insert Note of Write a note in the log").click()
    expect(page.get_by_label("Note", exact=True)).to_have_value("{{ steps.write_a_note_in_the_log.message }}")
    page.get_by_role("button", name="Add this step").click()

    page.get_by_role("link", name="Continue: look it over").click()
    page.get_by_label("Also do a first run in one minute").uncheck()
    page.get_by_role("button", name="Make live").click()
    expect(page.get_by_text("By hand is live and on.")).to_be_visible()
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/executions/*")
    run = page.url
    wait_until(lambda: "completed" in statuses(used_app))
    page.goto(run)
    expect(page.get_by_text("Succeeded").first).to_be_visible()


def test_steps_are_moved_removed_and_brought_back(page: Page) -> None:
    page.goto("/workflows/new")
    page.get_by_label("What do you call it?").fill("Order")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Skip: only by hand").click()
    add_note(page, "Add the first step", "first", "One")
    add_note(page, "Add a step at the end", "second", "Two")
    headings = page.locator(".recipe h2")

    page.get_by_role("button", name="Move Two up").click()
    expect(headings).to_have_text(["When", "1 Two", "2 One"])
    page.get_by_role("button", name="Remove Two").click()
    expect(headings).to_have_text(["When", "1 One"])
    page.get_by_role("button", name="Undo").click()
    expect(headings).to_have_text(["When", "1 Two", "2 One"])


def add_note(page: Page, button: str, text: str, name: str = "") -> None:
    page.get_by_role("link", name=button).click()
    page.get_by_role("link", name="Write a note in the log").click()
    if name:
        page.get_by_label("Name of this step").fill(name)
    page.get_by_label("Note", exact=True).fill(text)
    page.get_by_role("button", name="Add this step").click()


def statuses(app: App) -> list[str]:
    return [row.status for row in app.rows("SELECT status FROM executions")]
