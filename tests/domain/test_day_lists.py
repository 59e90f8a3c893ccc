"""Days off as people type them."""

from datetime import date

import pytest

from engine.domain.errors import Invalid
from engine.domain.time.day_lists import parse_days, write_days


@pytest.mark.parametrize(("line", "day", "name"), [
    ("2026-12-24 Christmas Eve", date(2026, 12, 24), "Christmas Eve"),
    ("24.12.2026: Christmas Eve", date(2026, 12, 24), "Christmas Eve"),
    ("24 December 2026, Christmas Eve", date(2026, 12, 24), "Christmas Eve"),
    ("1. Jan 2027", date(2027, 1, 1), ""), ("  2026-1-5  ", date(2026, 1, 5), ""),
])
def test_a_line_is_a_day_and_its_name(line: str, day: date, name: str):
    assert parse_days(line) == {day: name}


@pytest.mark.parametrize("between", [" to ", " until ", " – ", " - ", "-"])
def test_a_line_can_be_a_stretch_of_days(between: str):
    assert parse_days(f"30.12.2026{between}2.1.2027 Closed") == {
        date(2026, 12, 30): "Closed", date(2026, 12, 31): "Closed", date(2027, 1, 1): "Closed",
        date(2027, 1, 2): "Closed",
    }


@pytest.mark.parametrize(("line", "said"), [
    ("Christmas", "“Christmas” does not begin with a day."), ("12/24/2026", "does not begin with a day"),
    ("2026-02-30", "“2026-02-30” is a day that does not exist."), ("24.13.2026", "does not exist"),
    ("5 Foo 2026", "does not exist"), ("0001-01-01", "too far away"),
    ("2026-12-31 to 2026-12-24", "must come after"), ("2026-01-01 to 2030-01-01", "must come after"),
])
def test_a_line_that_cant_be_read_is_named_with_its_number(line: str, said: str):
    with pytest.raises(Invalid) as refused:
        parse_days(f"2026-12-24\n\n{line}")
    assert refused.value.message.startswith("Line 3: ")
    assert said in refused.value.message


def test_every_line_that_is_wrong_is_told_but_not_a_thousand():
    with pytest.raises(Invalid) as refused:
        parse_days("x\n" * 1000)
    assert len(refused.value.problems) == 11
    assert refused.value.problems[-1].message == "And 990 more lines can't be read."


def test_what_is_written_reads_the_same():
    days = parse_days("2026-12-24 Closed\n2026-12-25 Closed\n2026-12-27 Closed\n2027-01-01 New Year")
    written = write_days({day.isoformat(): name for day, name in days.items()})
    assert written == "2026-12-24 to 2026-12-25 Closed\n2026-12-27 Closed\n2027-01-01 New Year"
    assert parse_days(written) == days
