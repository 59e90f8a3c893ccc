"""Calendar files give days off: all of them, or a sentence that says what could not be read."""

from datetime import UTC, date, datetime

import pytest

from engine.domain.errors import Invalid
from engine.domain.time.ics import days_of

AT = datetime(2026, 11, 20, tzinfo=UTC)


def file_of(*events: str) -> str:
    blocks = (f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT" for event in events)
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *blocks, "END:VCALENDAR", ""])


def test_a_day_a_range_and_a_folded_name() -> None:
    text = file_of(
        "SUMMARY:Stock-take\\, all\r\n  of it\r\nDTSTART;VALUE=DATE:20261228",
        "SUMMARY:Holidays\r\nDTSTART;VALUE=DATE:20261230\r\nDTEND;VALUE=DATE:20270102",
    )
    assert days_of(text, AT) == {
        date(2026, 12, 28): "Stock-take, all of it",
        date(2026, 12, 30): "Holidays", date(2026, 12, 31): "Holidays", date(2027, 1, 1): "Holidays",
    }


def test_every_year_again_until_ten_years_from_now() -> None:
    found = days_of(file_of("SUMMARY:Founders\r\nDTSTART:19990505\r\nRRULE:FREQ=YEARLY"), AT)
    assert list(found) == [date(year, 5, 5) for year in range(2024, 2037)]


@pytest.mark.parametrize(("rule", "years"), [
    ("FREQ=YEARLY;COUNT=2", [2026, 2027]), ("FREQ=YEARLY;INTERVAL=4;COUNT=2", [2026, 2030]),
    ("FREQ=YEARLY;UNTIL=20280504T000000Z", [2026, 2027]), ("FREQ=YEARLY;UNTIL=20280505", [2026, 2027, 2028]),
    ("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=5;COUNT=1", [2026]),
])
def test_a_yearly_rule_ends_where_it_says(rule: str, years: list[int]) -> None:
    found = days_of(file_of(f"DTSTART;VALUE=DATE:20260505\r\nRRULE:{rule}"), AT)
    assert list(found) == [date(year, 5, 5) for year in years]


def test_a_leap_day_comes_in_leap_years_only() -> None:
    found = days_of(file_of("DTSTART:20240229\r\nRRULE:FREQ=YEARLY"), AT)
    assert [day.year for day in found] == [2024, 2028, 2032, 2036]


def test_a_day_left_out_and_a_cancelled_event_do_not_count() -> None:
    text = file_of(
        "DTSTART:20260505\r\nRRULE:FREQ=YEARLY;COUNT=3\r\nEXDATE;VALUE=DATE:20270505",
        "DTSTART:20261224\r\nSTATUS:CANCELLED",
    )
    assert list(days_of(text, AT)) == [date(2026, 5, 5), date(2028, 5, 5)]


@pytest.mark.parametrize(("event", "says"), [
    ("SUMMARY:Lunch\r\nDTSTART:20261224T120000Z", "time of day"),
    ("SUMMARY:Odd\r\nDTSTART:20261224\r\nRRULE:FREQ=MONTHLY", "repeats"),
    ("SUMMARY:Odd\r\nDTSTART:20261224\r\nRRULE:FREQ=YEARLY;BYDAY=1MO", "repeats"),
    ("SUMMARY:Never\r\nDTSTART:20260231", "does not exist"),
    ("SUMMARY:Backwards\r\nDTSTART:20261224\r\nDTEND:20261220", "between 1 and 366 days"),
    ("SUMMARY:Nothing", "has no date"),
    ("SUMMARY:Long\r\nDTSTART:20260101\r\nDURATION:P3D", "DURATION"),
])
def test_what_can_not_be_read_in_full_is_refused_by_name(event: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        days_of(file_of(event), AT)


@pytest.mark.parametrize("text", ["", "hello", file_of(), "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n",
                                  "BEGIN:VCALENDAR\n" + "X" * 1_000_001,
                                  file_of(*["DTSTART:20200101\r\nDTEND:20201231\r\nRRULE:FREQ=YEARLY"] * 9)])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        days_of(text, AT)


def test_an_alarm_inside_an_event_is_not_part_of_it() -> None:
    text = file_of("SUMMARY:Eve\r\nDTSTART:20261224\r\nBEGIN:VALARM\r\nSUMMARY:Ring\r\nEND:VALARM")
    assert days_of(text, AT) == {date(2026, 12, 24): "Eve"}
