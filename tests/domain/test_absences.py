"""What a schedule makes up for after a weekend off, as the form shows it under the rule for missed times."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.domain.due.absences import absence
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.timetables.occurrences import Surroundings

AT = datetime(2026, 12, 16, 12, tzinfo=UTC)
WEEKEND = "If the app is off from Friday 6:00 pm to Monday 8:00 am, this would run:"


def said(missed: Any, **rule: Any) -> str:
    document = {**(rule or {"interval": "1h"}), "policies": {"missed": missed}}
    found = absence(parse_schedule(document, at=AT, timezone="Europe/Berlin"), AT, Surroundings())
    assert found
    return found.sentence


@pytest.mark.parametrize(("missed", "told"), [
    ({"rule": "once"}, "once, Monday 8:00 am. Left out: 60 missed times."),
    ({"rule": "skip"}, "not at all. Left out: 61 missed times."),
    ({"rule": "all", "limit": 3}, "3 times, Monday 8:00 am to 8:02 am. Left out: 58 missed times."),
    ({"rule": "ask"}, "only if you say so. Home asks about 61 missed times."),
])
def test_each_rule_says_what_it_makes_up_for(missed: Any, told: str) -> None:
    assert said(missed) == f"{WEEKEND} {told}"


def test_what_is_older_than_the_limit_is_not_made_up_for() -> None:
    daily = {"times": ["09:00"]}
    assert "not at all" in said({"rule": "once", "within": "6h"}, daily=daily)
    assert "once, Monday 8:00 am" in said({"rule": "once", "within": "24h"}, daily=daily)


def test_a_schedule_that_rests_at_weekends_is_shown_around_its_next_time() -> None:
    weekly = {"days": ["mon", "thu"], "times": ["09:00"]}
    assert said({"rule": "once"}, weekly=weekly) == (
        "If the app is off from Thursday 8:00 am to Thursday 10:00 am, this would run: "
        "once, Thursday 10:00 am.")


def test_one_that_comes_all_the_time_is_shown_for_an_hour() -> None:
    assert said({"rule": "once"}, interval="1m").startswith(
        "If the app is off from Monday 7:00 am to Monday 8:00 am")
