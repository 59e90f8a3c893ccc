from datetime import UTC, datetime

import pytest

from engine.domain.errors import Invalid
from engine.domain.time.cron import next_times, parse_cron

REFUSED = [
    ("", "Enter a cron expression, like 0 9 * * 1-5"),
    ("0 9 * *", "A cron expression has 5 parts. This one has 4: minute, hour, day, month – "
     "the day of the week is missing"),
    ("0 0 9 * * *", "A cron expression has 5 parts. This one has 6. Leave out seconds and years"),
    ("0 25 * * *", "Hour must be between 0 and 23. Yours says 25"),
    ("60 * * * *", "Minute must be between 0 and 59. Yours says 60"),
    ("* * 0 * *", "Day must be between 1 and 31. Yours says 0"),
    ("* * * 13 *", "Month must be between 1 and 12. Yours says 13"),
    ("* * * * 8", "Day of the week must be between 0 and 7. Yours says 8"),
    ("*/0 * * * *", "Minute can't go in steps of 0. Use 1 or more"),
    ("5/15 * * * *", 'Minute "5/15" needs a range: write 5-59/15'),
    ("0 22-2 * * *", 'Hour "22-2" runs backwards. Write 22-23,0-2'),
    ("0 0 30 2 *", "30 February never happens. Change the day or the month"),
    ("0 0 31 4,6 *", "31 April and 31 June never happen. Change the day or the month"),
    ("0 0 31 2,4 */2", "31 February and 31 April never happen. Change the day or the month"),
    ("0 0 ? * *", 'Day can\'t be "?". Write * for every one'),
    ("0 0 * * 5#3", 'Day of the week can\'t be "5#3". For days like the last Friday choose "Every month"'),
    ("1,,2 * * * *", "Minute has a comma with nothing beside it"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[text for text, _ in REFUSED])
def test_a_refusal_says_what_to_change(text, message):
    with pytest.raises(Invalid) as refused:
        parse_cron(text)
    assert refused.value.message == message
    assert refused.value.field == "cron"


@pytest.mark.parametrize("text", [
    "R R * * *", "H * * * *", "@reboot", "@every 5m", "* * * * * 2027", "0 0 L * *", "0 0 15W * *",
    "0 0 * * 5#3", "0 0 * * 5L", "-1 * * * *", "*-5 * * * *", "** * * * *", "1-2-3 * * * *", "1/2/3 * * * *",
    "٥ * * * *", "* * * janu *", "* * * * mo", "0 9 * * 1-5\n0 10 * * *", "1" * 201, "0," * 99 + "0 * * * *",
    "1.5 * * * *", "0 0 * mon *", "0 0 jan * *", "99999 * * * *", "* * * * ,", None, 5,
])
def test_what_debian_does_not_know_is_refused(text):
    with pytest.raises(Invalid):
        parse_cron(text)


@pytest.mark.parametrize(("text", "same"), [
    ("18-18 18-18 * * *", "18 18 * * *"), ("0 0 * * 7", "0 0 * * 0"), ("0 0 * * sat-sun", "0 0 * * 0,6"),
    ("@weekly", "0 0 * * 0"), ("@midnight", "0 0 * * *"), ("@annually", "0 0 1 1 *"),
    ("0-59/60 * * * *", "0 * * * *"), ("*/90 * * * *", "0 * * * *"), ("0 0 * * FRI", "0 0 * * 5"),
    ("  0\t0  * * *  ", "0 0 * * *"), ("0 0 * JAN-MAR mon", "0 0 * 1,2,3 1"),
    ("0 0 * * 5-7", "0 0 * * 0,5,6"),
])
def test_two_spellings_give_the_same_times(text, same):
    start = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert next_times(text, "Europe/Berlin", start, 20) == next_times(same, "Europe/Berlin", start, 20)


def test_a_leap_day_on_a_monday_comes_after_years():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert next_times("0 0 29 2 */7", "UTC", start, 1) == [datetime(2032, 2, 29, tzinfo=UTC)]
