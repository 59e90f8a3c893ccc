"""A loop and a branch are built through the page, made live and seen to run, with scripts and without."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, sign_in
from tests.support.app_under_test import App
from tests.support.waiting import wait_until

RUN_TIME = 20_000


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_loop_with_a_branch_is_built_run_and_seen(used_app: App, open_page: Open, scripts: bool) -> None:
    name = f"Greet {'live' if scripts else 'plain'}"
    page = open_page(used_app, java_script_enabled=scripts, viewport={"width": 360, "height": 740})
    sign_in(page)
    page.goto("/workflows/new")
    page.get_by_label("What do you call it?").fill(name)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Skip: only by hand").click()

    page.get_by_role("link", name="Add the first step").click()
    page.get_by_role("link", name="For each item").click()
    page.get_by_label("List", exact=True).fill("Ann, Bob, Cleo")
    page.get_by_role("button", name="Add this step").click()

    page.get_by_role("link", name="Add a step here in “For each item”").click()
    page.get_by_role("link", name="If / otherwise").click()
    insert(page, "Value", "Item")
    page.get_by_label("Compared with", exact=True).fill("Bob")
    page.get_by_role("button", name="Add this step").click()

    add_note(page, "Add a step here in “Then”", "Hello")
    add_note(page, "Add a step here in “Otherwise”", "Not you")
    expect(page.locator(".recipe :is(h2, h3, h4)")).to_have_text(
        ["When", "1 For each item", "1.1 If / otherwise", "1.1.1 Hello", "1.1.2 Not you"])
    page.get_by_role("button", name="Move Not you down").click()
    expect(page.get_by_text("Not you is now step 1.2, in “For each item” of For each item.")).to_be_visible()
    page.get_by_role("button", name="Move Not you up").click()

    page.get_by_role("link", name="Continue: look it over").click()
    expect(page.get_by_text("Everything is filled in.")).to_be_visible()
    page.get_by_label("Also do a first run in one minute").uncheck()
    page.get_by_role("button", name="Make live").click()
    page.get_by_role("button", name="Run now").click()

    page.wait_for_url("**/executions/*")
    run = page.url.rsplit("/", 1)[-1]
    wait_until(lambda: (run, "completed") in runs(used_app),
               or_show=lambda: f"{run} of {runs(used_app)}\n{used_app.printed()}")
    if not scripts:
        page.reload()
    loop = page.locator("#step-1")
    expect(loop).to_contain_text("3 items", timeout=RUN_TIME)
    loop.locator("summary").first.click()
    loop.get_by_role("link", name="Show all 3 items").click()
    page.get_by_text("Item 2", exact=True).click()
    page.get_by_role("link", name="See what went in and came out of item 2").click()
    expect(page.locator("#step-1-1-1")).to_contain_text("Succeeded")
    expect(page.locator("#step-1-1-2")).to_contain_text("did not run: it was so")
    page.get_by_role("link", name="Item before").click()
    expect(page.locator("#step-1-1-1")).to_contain_text("did not run: it was not so")


def insert(page: Page, field: str, value: str) -> None:
    """Put a value of the picker into a field, whichever way this browser does it."""
    page.get_by_text("Use a value from an earlier step").click()
    if page.get_by_label("Put it at the end of").count():
        page.get_by_label("Put it at the end of").select_option(label=field)
    else:
        page.get_by_label(field, exact=True).focus()
    page.get_by_role("button", name=f"Insert {value} of").click()
    expect(page.get_by_label(field, exact=True)).to_have_value("{{ item }}")


def add_note(page: Page, button: str, name: str) -> None:
    page.get_by_role("link", name=button).click()
    page.get_by_role("link", name="Write a note in the log").click()
    page.get_by_label("Name of this step").fill(name)
    page.get_by_label("Note", exact=True).fill(f"{name}, {{{{ item }}}}")
    page.get_by_role("button", name="Add this step").click()


def runs(app: App) -> list[tuple[str, str]]:
    return [(row.id, row.status) for row in app.rows("SELECT id, status FROM executions")]
