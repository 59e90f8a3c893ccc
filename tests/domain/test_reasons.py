"""Every reason has words, and the table of reasons in the documentation is complete."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.due.reasons import NO_RUN, NOT_PLANNED, WITH_RUN, off_between, ran, why, why_none

DUE = datetime(2026, 3, 9, 7, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def test_the_documentation_lists_exactly_the_reasons_there_are() -> None:
    text = (Path(__file__).parents[2] / "docs" / "states.md").read_text()
    table = [line for line in text.splitlines() if re.match(r"\| (started|missed|skipped) \|", line)]
    assert set(re.findall(r"`(\w+)`", " ".join(line.split("|")[2] for line in table))) == {*NO_RUN, *WITH_RUN}


@pytest.mark.parametrize("reason", [*NO_RUN, *WITH_RUN, *NOT_PLANNED])
def test_every_reason_reads_as_a_clause_with_and_without_its_data(reason: str) -> None:
    data = {"by": "Ann {0}", "note": "fair", "to": DUE.isoformat(), "named": "Easter", "count": 3}
    for given in (None, data):
        clause = why(reason, given, BERLIN)
        assert clause[0].islower() or clause.startswith("Ann")
        assert not clause.endswith(".")
        assert "None" not in clause


@pytest.mark.parametrize(("reason", "data", "said"), [
    ("skipped_by", {"by": "Ann", "note": "fair"}, "Ann decided to skip it: fair"),
    ("skipped_by", {"by": None, "note": ""}, "Somebody decided to skip it"),
    ("moved", {"by": "Ann", "to": "2026-03-09T13:00:00+00:00"}, "Ann moved it to Mon 9 Mar, 2:00 pm"),
    ("skip_missed", {"count": 1001, "until": "…"},
     "The app was off, and this start does not make up for missed times (so it was for 1,000 more times)"),
    ("something_new", None, "Something new"),
    (None, None, "No reason is on record"),
])
def test_who_why_and_where_to(reason: str | None, data: dict[str, object] | None, said: str) -> None:
    assert why_none(reason, data, BERLIN) == said


@pytest.mark.parametrize(("late", "said"), [
    (timedelta(seconds=20), "Ran on time."),
    (timedelta(minutes=12), "Ran 12 minutes late, at Mon 9 Mar, 8:12 am."),
    (timedelta(minutes=-30), "Ran 30 minutes early, at Mon 9 Mar, 7:30 am."),
])
def test_when_it_really_ran(late: timedelta, said: str) -> None:
    assert ran(DUE, DUE + late, BERLIN, None, None) == said


def test_from_when_to_when_the_app_was_off() -> None:
    assert off_between(DUE - timedelta(days=2, hours=14), DUE, BERLIN) == (
        "The app was off from Fri 6 Mar, 6:00 pm to Mon 9 Mar, 8:00 am.")
