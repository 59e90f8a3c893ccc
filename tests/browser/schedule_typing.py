"""What a person types into the schedule form: each pattern and each folded group, with what it means."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

Fill = Callable[[Page], None]


def choose(page: Page, pattern: str) -> None:
    page.get_by_text(pattern, exact=True).click()


def fold(page: Page, title: str) -> None:
    """Open a group, unless it is open."""
    summary = page.locator("summary", has_text=title)
    if summary.locator("xpath=..").get_attribute("open") is None:
        summary.click()


def every_45_minutes(page: Page) -> None:
    choose(page, "Every few minutes or hours")
    page.locator("[name='interval.n']").fill("45")


def every_third_day(page: Page) -> None:
    choose(page, "Every day")
    page.locator("[name='daily.times']").fill("07:15")
    page.get_by_label("Every how many days").fill("3")


def mondays_and_fridays(page: Page) -> None:
    choose(page, "On certain days of the week")
    days = page.locator(".opts fieldset", has_text="Days").first
    for day in ("Tuesday", "Wednesday", "Thursday"):
        days.get_by_text(day, exact=True).locator("xpath=..").click()


def monthly(mode: str, more: Fill) -> Fill:
    def fill(page: Page) -> None:
        choose(page, "Every month")
        page.locator(f"[name='monthly.mode'][value='{mode}']").check()
        more(page)

    return fill


def once(page: Page) -> None:
    choose(page, "One time")
    page.get_by_label("Date", exact=True).fill("2099-12-24")
    page.locator("[name='once.time']").fill("18:00")


def cron(page: Page) -> None:
    choose(page, "Advanced: cron expression")
    page.get_by_label("Expression", exact=True).fill("0 9 1 * mon")


def phrase(page: Page) -> None:
    page.get_by_label("Say it in your own words").fill("last friday of the month at 3pm")


def hours(page: Page) -> None:
    fold(page, "Only at certain hours or days")
    page.get_by_label("Only between these hours").check()
    page.get_by_label("From", exact=True).fill("08:00")
    page.get_by_label("To", exact=True).fill("18:30")
    page.get_by_label("Outside these hours").select_option(label="Wait and run when the hours begin")


def holidays(page: Page) -> None:
    fold(page, "Holidays")
    page.get_by_label("Days off in").select_option(label="France")
    page.get_by_label("If the time falls on one").select_option(label="Run on the next working day")


def start_and_end(page: Page) -> None:
    fold(page, "Start and end")
    page.get_by_label("First day", exact=True).fill("2097-01-01")
    page.get_by_label("Last day", exact=True).fill("2098-12-31")
    page.get_by_label("End after this many runs").fill("12")


def in_the_way(page: Page) -> None:
    fold(page, "If something gets in the way")
    page.get_by_label("Run every one that was missed, oldest first").check()
    page.get_by_label("Stop the old one and start the new one").check()
    page.get_by_label("Start up to this many minutes later").fill("7")
    page.get_by_label("Pause after this many failures in a row").fill("")


PATTERNS: dict[str, tuple[Fill, str]] = {
    "interval": (every_45_minutes, "Every 45 minutes, counted from"),
    "daily": (every_third_day, "Every 3 days at 7:15 am, Berlin time"),
    "weekly": (mondays_and_fridays, "Every Monday and Friday at 9:00 am"),
    "monthly on a day": (
        monthly("days", lambda page: page.get_by_label("Days, like 1 or 1, 15").fill("1, 31")),
        "On the 1st and 31st of every month"),
    "monthly on the last day": (monthly("last", lambda page: None), "On the last day of every month"),
    "monthly on a weekday": (
        monthly("weekday", lambda page: page.get_by_label("Day of the week").select_option(label="Thursday")),
        "On the first Thursday of every month"),
    "monthly on a working day": (
        monthly("working_day", lambda page: page.get_by_label("Which working day").select_option("3")),
        "On the third working day of every month"),
    "once": (once, "One time: Thu 24 Dec 2099 at 6:00 pm"),
    "cron": (cron, "At 9:00 am on the 1st of the month and also on every Monday"),
    "a phrase": (phrase, "On the last Friday of every month at 3:00 pm"),
}
GROUPS: dict[str, tuple[Fill, str, str, Any]] = {
    "hours": (hours, "Only between 8:00 am and 6:30 pm", "window", {
        "from": "08:00", "to": "18:30", "days": ["mon", "tue", "wed", "thu", "fri"], "outside": "wait"}),
    "holidays": (holidays, "Instead of on public holidays in France, on the next working day", "holidays",
                 {"calendars": ["country:FR"], "rule": "next"}),
    "start and end": (start_and_end, "Starts on 1 Jan 2097. Ends on 31 Dec 2098. Ends after 12 times.",
                      "end_on", "2098-12-31"),
}
