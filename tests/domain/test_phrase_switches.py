"""An hour that could be in the morning or in the evening: the phrase that means the other one."""

from datetime import UTC, datetime

import pytest

from engine.domain.phrases.phrases import parse_phrase
from engine.domain.phrases.switches import switches

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(("phrase", "assumed", "other"), [
    ("every day at 10", "10:00 am (not 10 pm)", "every day at 10 pm"),
    ("every day at ten", "10:00 am (not 10 pm)", "every day at ten pm"),
    ("every 10 days at 10", "10:00 am (not 10 pm)", "every 10 days at 10 pm"),
    ("last day of the month at 7.30", "7:30 am (not 7:30 pm)", "last day of the month at 7.30 pm"),
    ("Mondays at half past ten", "10:30 am (not 10:30 pm)", "Mondays at half past ten pm"),
])
def test_an_assumed_half_of_the_day_can_be_switched(phrase: str, assumed: str, other: str) -> None:
    assert switches(phrase, AT, "Europe/Berlin") == {assumed: other}
    assert assumed not in parse_phrase(other, AT, "Europe/Berlin")[1]


def test_of_two_hours_each_is_switched_alone() -> None:
    assert switches("every weekday at 9:30 and 11", AT, "Europe/Berlin") == {
        "9:30 am (not 9:30 pm)": "every weekday at 9:30 pm and 11",
        "11:00 am (not 11 pm)": "every weekday at 9:30 and 11 pm",
    }


@pytest.mark.parametrize("phrase", [
    "every day at 9am", "monthly", "every hour between 9 and 5", "every 15 minutes",
])
def test_what_is_sure_or_assumed_otherwise_offers_no_switch(phrase: str) -> None:
    assert switches(phrase, AT, "Europe/Berlin") == {}
