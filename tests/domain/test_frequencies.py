"""How many runs a week, a month or a year a schedule comes to, and what it leaves out by name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.domain.due.omissions import named, omissions
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.time.holiday_names import public_holidays
from engine.domain.timetables.frequencies import frequency
from engine.domain.timetables.occurrences import Surroundings
from engine.domain.timetables.shapes import Closure, Override

AT = datetime(2026, 12, 18, 12, tzinfo=UTC)
UNTIL = datetime(2026, 12, 31, tzinfo=UTC)
WEEKDAYS = {"weekly": {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["09:00"]}}


def read(document: dict[str, Any]) -> Any:
    return parse_schedule(document, at=AT, timezone="Europe/Berlin")


@pytest.mark.parametrize(("document", "told"), [
    (WEEKDAYS, "Runs per week: 5"),
    ({**WEEKDAYS, "holidays": {"calendars": ["country:DE"], "rule": "skip"}}, "Runs per week: 5"),
    ({"interval": "15m", "window": {"from": "09:00", "to": "17:00", "days": ["mon", "tue"]}},
     "Runs per week: 66"),
    ({"monthly": {"days": [1], "times": ["09:00"]}}, "Runs per month: 1"),
    ({"weekly": {"days": ["mon"], "times": ["09:00"], "every": 2}}, "Runs per month: about 2"),
    ({"monthly": {"days": [1], "times": ["09:00"], "every": 3}}, "Runs per year: 4"),
])
def test_how_often_it_runs(document: dict[str, Any], told: str) -> None:
    found = frequency(read(document), AT)
    assert found
    assert found.sentence == told


@pytest.mark.parametrize("document", [{"once": "2027-01-01T09:00"}, {"cron": "* * * * *"}])
def test_once_and_all_the_time_have_no_number(document: dict[str, Any]) -> None:
    assert frequency(read(document), AT) is None


@pytest.mark.parametrize(("rule", "told"), [
    ("skip", ["Fri 25 Dec: Christmas Day (Germany)"]),
    ("next", ["Fri 25 Dec: Christmas Day (Germany), moved to a working day"]),
    ("run", []),
])
def test_holidays_in_the_way_are_named(rule: str, told: list[str]) -> None:
    schedule = read({**WEEKDAYS, "holidays": {"calendars": ["country:DE"], "rule": rule}})
    found = omissions(schedule, Surroundings(), AT, UNTIL)
    names = public_holidays(schedule.calendars, [one.day for one in found])
    assert [one.sentence for one in named(found, names)] == told


def test_a_blackout_in_the_way_is_named_once_a_day() -> None:
    closure = Closure(datetime(2026, 12, 21, tzinfo=UTC), datetime(2026, 12, 22, tzinfo=UTC), "Stock-take")
    around = Surroundings(closures=(closure,))
    found = omissions(read({"interval": "1h"}), around, AT, UNTIL)
    assert [one.sentence for one in found] == ["Mon 21 Dec: Stock-take", "Tue 22 Dec: Stock-take"]


def test_a_time_somebody_skipped_is_named() -> None:
    decided = Override(datetime(2026, 12, 21, 8, tzinfo=UTC), "skip", None)
    found = omissions(read(WEEKDAYS), Surroundings(overrides=(decided,)), AT, UNTIL)
    assert [one.sentence for one in found] == ["Mon 21 Dec: skipped this once"]
