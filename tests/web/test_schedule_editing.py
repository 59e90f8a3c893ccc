"""The schedule form while it is typed in, and when a schedule is changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine.db import Database
from engine.domain.schedules.schedules import parse_schedule
from engine.services.workflows import triggers
from tests.web.browser import Browser
from tests.web.fields import fields_of

STARTS = "/workflows/report/starts"
WEEKLY = {
    "kind": "weekly",
    "weekly.days": ["mon", "fri"],
    "weekly.times": ["09:00"],
    "timezone": "Europe/Berlin",
}


def add(database: Database, workflow_id: str, name: str, at: datetime, **document: Any) -> str:
    with database.transaction() as uow:
        schedule = parse_schedule(document, at=at, timezone="Europe/Berlin")
        return triggers.add(uow, workflow_id, name=name, kind="schedule", by=None, at=at, schedule=schedule)


def test_what_was_typed_in_other_patterns_stays(ann: Browser, report: str) -> None:
    answer = ann.post(f"{STARTS}/new", {**WEEKLY, "weekly.days": [], "interval.n": "37", "cron": "1 2 3 4 5"})
    assert 'value="37"' in answer.text
    assert 'value="1 2 3 4 5"' in answer.text


def test_a_time_can_be_added_without_javascript(ann: Browser, documents: Callable) -> None:
    answer = ann.post(f"{STARTS}/new", {**WEEKLY, "more": "weekly"})
    assert answer.status_code == 200
    assert answer.text.count('name="weekly.times"') == 2
    assert documents() == {}


def test_the_preview_says_what_a_phrase_means_and_fills_the_pattern(ann: Browser, report: str) -> None:
    answer = ann.post("/schedules/preview", {**WEEKLY, "say": "every day at 5pm"})
    assert "Every day at 5:00 pm, Berlin time." in answer.text
    assert 'hx-target="#patterns"' in answer.text
    taken_over = ann.post(
        "/schedules/preview", {**WEEKLY, "say": "every day at 5pm", "said": "every day at 5pm"}
    )
    assert "Monday and Friday" in taken_over.text
    assert "#patterns" not in taken_over.text


def test_the_preview_of_a_half_typed_form_says_what_is_missing(ann: Browser) -> None:
    answer = ann.post("/schedules/preview", {"kind": "cron", "cron": "0 9"})
    assert answer.status_code == 200
    assert "5 parts" in answer.text


def test_changing_one_start_never_moves_another_and_says_so(
    ann: Browser, database: Database, report: str, documents: Callable, at: datetime
) -> None:
    first, _, _ = (add(database, report, name, at, interval="45m") for name in ("Orders", "Bank", "Mail"))
    before = documents()
    answer = ann.post(f"{STARTS}/{first}/schedule", {**WEEKLY, "name": "Shop"}, follow_redirects=True)
    assert "Shop changed. The other 2 starts keep their times." in answer.text
    assert {name: documents()[name] for name in ("Bank", "Mail")} == {
        name: before[name] for name in ("Bank", "Mail")
    }


def test_saving_the_form_unchanged_changes_nothing(
    ann: Browser, database: Database, report: str, documents: Callable, at: datetime
) -> None:
    odd = {
        "a": {"interval": "45m"},
        "b": {"weekly": {"days": ["mon"], "times": ["09:00"], "every": 2}},
        "c": {"interval": "10s", "blackouts": [{"from": "2099-01-01T00:00", "to": "2099-01-02T00:00"}]},
        "d": {
            "cron": "0 9 * * *",
            "clock_change": {"forward": "skip"},
            "end_after": 1000,
            "jitter": "5m",
            "holidays": {"calendars": ["country:DE", "country:FR"], "rule": "next"},
            "window": {"from": "08:00", "to": "18:00", "days": ["mon", "tue"]},
            "policies": {
                "missed": {"rule": "all", "limit": 50},
                "overlap": "queue",
                "too_late": "1h",
                "fail_pause": None,
            },
        },
        "e": {"monthly": {"days": [15, "last"], "times": ["09:00"], "every": 3}, "start_on": "2026-04-01"},
        "f": {"once": "2099-12-24T18:00", "timezone": "America/New_York"},
    }
    ids = {name: add(database, report, name, at, **document) for name, document in odd.items()}
    before = documents()
    for start_id in ids.values():
        page = ann.get(f"{STARTS}/{start_id}/schedule")
        assert ann.post(f"{STARTS}/{start_id}/schedule", fields_of(page.text)).status_code == 303
    assert documents() == before


CRON = {"kind": "cron", "cron": "0 9 1 1,4,7,10 *", "timezone": "Europe/Berlin"}


def test_a_cron_expression_that_is_a_pattern_can_be_turned_into_it(
    ann: Browser, database: Database, report: str, documents: Callable, at: datetime
) -> None:
    start = add(database, report, "Quarters", at, cron=CRON["cron"])
    path = f"{STARTS}/{start}/schedule"
    assert "Turn into a pattern" in ann.get(path).text

    turned = ann.post(path, {**fields_of(ann.get(path).text), "turn": "1"})

    assert documents()["Quarters"]["cron"] == CRON["cron"]  # nothing is saved by that
    assert "On the 1st of every 3rd month at 9:00 am" in turned.text
    assert ann.post(path, fields_of(turned.text)).status_code == 303
    monthly = documents()["Quarters"]["monthly"]
    assert (monthly["every"], monthly["anchor"][5:], monthly["short_month"]) == (3, "01-01", "skip")


@pytest.mark.parametrize("expression", ["0 9 1 * mon", "0 9", ""])
def test_what_is_no_pattern_can_not_be_turned(ann: Browser, report: str, expression: str) -> None:
    typed = {**CRON, "cron": expression}
    assert "Turn into a pattern" not in ann.post("/schedules/preview", typed).text
    assert 'value="cron" checked' in ann.post(f"{STARTS}/new", {**typed, "turn": "1"}).text


def test_the_button_comes_and_goes_while_the_expression_is_typed(ann: Browser, report: str) -> None:
    assert "Turn into a pattern" in ann.post("/schedules/preview", CRON).text


def test_a_phrase_keeps_from_where_it_counts_once_it_is_a_pattern(
    ann: Browser, report: str, documents: Callable
) -> None:
    shown = ann.post(f"{STARTS}/new", {**WEEKLY, "say": "every quarter on the 1st at 9am", "show": "1"}).text
    assert "Counting from the month of" in shown

    ann.post(f"{STARTS}/new", fields_of(shown))

    assert documents()["Schedule"]["monthly"]["anchor"][5:] == "01-01"


def test_every_second_week_can_say_from_when_it_counts(ann: Browser, documents: Callable) -> None:
    biweekly = {**WEEKLY, "weekly.every": "2"}
    assert "Counting from the week of" in ann.post("/schedules/preview", biweekly).text
    assert "Counting from the week of" not in ann.post("/schedules/preview", WEEKLY).text
    ann.post(f"{STARTS}/new", {**biweekly, "weekly.anchor": "2026-03-12"})
    assert documents()["Schedule"]["weekly"]["anchor"] == "2026-03-09"


def test_what_a_phrase_leaves_open_is_said_until_the_pattern_says_something_else(
    ann: Browser, report: str
) -> None:
    shown = ann.post(f"{STARTS}/new", {**WEEKLY, "say": "every tuesday", "show": "1"}).text
    assert "We assumed 9:00 am. Say it differently if you meant something else." in shown

    taken_over = fields_of(shown)
    assert "We assumed 9:00 am" in ann.post("/schedules/preview", taken_over).text
    later = {**taken_over, "weekly.times": "10:00"}
    assert "We assumed" not in ann.post("/schedules/preview", later).text
