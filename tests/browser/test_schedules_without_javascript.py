"""Every pattern and every folded group of the schedule form, with scripts switched off."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.schedule_typing import GROUPS, PATTERNS, choose, fold, in_the_way, mondays_and_fridays
from tests.support.app_under_test import App


@pytest.fixture(scope="module")
def signed_in(used_app: App, chromium: Browser) -> Iterator[Page]:
    """One page for all tests of this module; the workflow it adds schedules to is there."""
    context = chromium.new_context(base_url=used_app.url, java_script_enabled=False,
                                   viewport={"width": 360, "height": 740})
    page = context.new_page()
    sign_in(page)
    page.goto("/workflows/new")
    page.get_by_label("What do you call it?").fill("Any time")
    page.get_by_role("button", name="Continue").click()
    yield page
    context.close()


@pytest.fixture
def page(signed_in: Page) -> Page:
    signed_in.goto("/workflows/any-time/starts/new")
    return signed_in


def shown(page: Page) -> str:
    page.get_by_role("button", name="Show the next runs").click()
    return page.locator("#preview").inner_text()


def saved(page: Page, app: App) -> dict[str, Any]:
    """Save, and read the schedule that was kept."""
    page.get_by_role("button", name="Save and").click()
    expect(page.get_by_text("Added: ")).to_be_visible()
    row = app.rows("SELECT config FROM triggers ORDER BY created_at DESC, id DESC LIMIT 1")[0]
    return dict(json.loads(row.config)["schedule"])


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_shown_and_saved_as_typed(page: Page, used_app: App, name: str) -> None:
    fill, sentence = PATTERNS[name]
    fill(page)
    before = shown(page)
    assert sentence in before
    assert "Next " in before
    kept = saved(page, used_app)
    kind = "monthly" if name == "a phrase" else name.partition(" ")[0]
    assert {"interval", "daily", "weekly", "monthly", "once", "cron"} & kept.keys() == {kind}


@pytest.mark.parametrize("name", GROUPS)
def test_a_folded_group_is_shown_and_saved_as_typed(page: Page, used_app: App, name: str) -> None:
    fill, sentence, key, value = GROUPS[name]
    fill(page)
    assert sentence in shown(page)
    assert saved(page, used_app)[key] == value


def test_what_to_do_in_trouble_is_saved_as_chosen(page: Page, used_app: App) -> None:
    in_the_way(page)
    assert "Starts up to 7 minutes later." in shown(page)
    kept = saved(page, used_app)
    policies = kept["policies"]
    assert (policies["missed"]["rule"], policies["overlap"]["rule"]) == ("all", "replace")
    assert (policies["fail_pause"], kept["jitter"]["up_to"]) == (None, "7m")


def test_a_clock_change_is_asked_about_and_the_answer_is_saved(page: Page, used_app: App) -> None:
    choose(page, "Every day")
    page.locator("[name='daily.times']").fill("02:30")
    assert "2:30 am does not exist" in shown(page)
    page.get_by_label("Skip that day").check()
    page.get_by_label("Run both times").check()
    assert "this does not run then" in shown(page)
    assert saved(page, used_app)["clock_change"] == {"forward": "skip", "back": "both"}


def test_an_expression_is_turned_into_its_pattern(page: Page, used_app: App) -> None:
    choose(page, "Advanced: cron expression")
    page.get_by_label("Expression", exact=True).fill("30 8 * * 1-5")
    shown(page)
    page.get_by_role("button", name="Turn into a pattern").click()
    expect(page.locator("[name=kind][value=weekly]")).to_be_checked()
    assert saved(page, used_app)["weekly"]["times"] == ["08:30"]


def test_what_has_to_be_put_right_stands_at_its_field_and_everything_typed_stays(page: Page) -> None:
    mondays_and_fridays(page)
    fold(page, "Start and end")
    page.get_by_label("First day", exact=True).fill("2097-01-01")
    page.get_by_label("Last day", exact=True).fill("2096-01-01")
    page.get_by_role("button", name="Save and").click()
    expect(page.locator("#f-end_on-error")).to_contain_text("The end date must be after 1 January 2097")
    expect(page.get_by_label("First day", exact=True)).to_have_value("2097-01-01")
    expect(page.locator("[name='weekly.days']:checked")).to_have_count(2)
