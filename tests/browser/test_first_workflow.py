"""From the first start to the first scheduled run, seen live: what an office manager does, and no more."""

from playwright.sync_api import expect

from tests.browser.conftest import Open, setup_code
from tests.support.app_under_test import EMAIL, PASSWORD, App

A_FIRST_RUN = 100_000


def test_a_first_workflow_is_made_by_form_and_its_first_run_is_seen(new_app: App, open_page: Open) -> None:
    page = open_page(new_app, viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin")
    page.goto("/")
    page.get_by_label("Set-up code").fill(setup_code(new_app))
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.locator("#f-password").fill(PASSWORD)
    page.get_by_role("button", name="Create and continue").click()

    page.get_by_role("link", name="New workflow").first.click()
    page.get_by_label("What do you call it?").fill("Morning note")
    page.get_by_role("button", name="Continue").click()

    expect(page.locator("#preview")).to_contain_text("Every weekday (Mon–Fri) at 9:00 am, Berlin time.")
    page.get_by_label("Say it in your own words").fill("every day at 8:30")
    expect(page.locator("#preview")).to_contain_text("Every day at 8:30 am, Berlin time.")
    page.get_by_role("button", name="Save and continue").click()

    page.get_by_role("link", name="Add the first step").click()
    page.get_by_role("link", name="Write a note in the log").click()
    page.get_by_label("Note", exact=True).fill("Good morning")
    page.get_by_role("button", name="Add this step").click()
    page.get_by_role("link", name="Continue: look it over").click()

    expect(page.get_by_text("Everything is filled in.")).to_be_visible()
    page.get_by_role("button", name="Make live").click()

    expect(page.get_by_text("The first run starts in")).to_be_visible()
    run = page.locator("#run-list tr")
    expect(run).to_contain_text("Succeeded", timeout=A_FIRST_RUN)
    expect(run).to_contain_text("Schedule")
    expect(page.get_by_text("It works.")).to_be_visible()
    expect(page.locator("#bars svg.bars")).to_be_visible()
    rows = new_app.rows("SELECT started_by, status FROM executions")
    assert [tuple(row) for row in rows] == [("schedule", "completed")]
