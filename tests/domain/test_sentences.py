from datetime import UTC, datetime, timedelta

import pytest

from engine.domain.schedules.schedules import parse_schedule
from engine.domain.schedules.sentences import sentence, warnings
from tests.domain.strategies import AT

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = {"from": "09:00", "to": "17:00", "days": WEEKDAYS}
NINE = {"daily": {"times": ["09:00"]}}
WINTER = datetime(2027, 3, 20, 9, tzinfo=UTC)


def parsed(document, stored=False):
    return parse_schedule({"timezone": "Europe/Berlin", **document}, at=AT, stored=stored)


def said(document, at=AT):
    return {warning.code: warning.message for warning in warnings(parsed(document), at)}


@pytest.mark.parametrize(("document", "expected"), [
    ({"interval": "15m"}, "Every 15 minutes, on the quarter hour."),
    ({"interval": "1h"}, "Every hour, on the hour."),
    ({"interval": "45m"}, "Every 45 minutes, counted from Fri 20 Nov 9:00 pm."),
    ({"interval": "2h", "window": OFFICE},
     "Every 2 hours between 9:00 am and 5:00 pm, Monday to Friday, Berlin time."),
    ({"daily": {"times": ["09:00", "17:00"]}}, "Every day at 9:00 am and 5:00 pm, Berlin time."),
    ({"weekly": {"days": WEEKDAYS, "times": ["09:00"]}, "holidays": {"calendars": ["country:DE"]}},
     "Every weekday (Mon–Fri) at 9:00 am, Berlin time. Not on public holidays in Germany."),
    ({"weekly": {"days": ["mon", "thu"], "times": ["07:15"], "every": 2}},
     "Every second week on Monday and Thursday at 7:15 am, Berlin time, counting from the week of 23 Nov."),
    ({"monthly": {"day": 31, "times": ["09:00"]}},
     "On the 31st of every month at 9:00 am, Berlin time. In shorter months, on the last day."),
    ({"monthly": {"nth": "last", "weekday": "fri", "times": ["15:00"]}},
     "On the last Friday of every month at 3:00 pm, Berlin time."),
    ({"monthly": {"working_day": 3, "times": ["15:00"]}},
     "On the third working day of every month at 3:00 pm, Berlin time."),
    ({"monthly": {"day": 24, "times": ["18:00"], "every": 12, "anchor": "2026-12-01"}},
     "Every year on 24 December at 6:00 pm, Berlin time."),
    ({"once": "2026-12-24T18:00"}, "One time: Thu 24 Dec 2026 at 6:00 pm, Berlin time (in 34 days)."),
    ({"once": "2026-11-20T22:00"}, "One time: Fri 20 Nov 2026 at 10:00 pm, Berlin time (today)."),
    ({"cron": "0 9 1 * mon"}, "At 9:00 am on the 1st of the month and also on every Monday, Berlin time. "
     "(Cron runs when either matches.)"),
    ({"cron": "0 9 * * 1-5"}, "At 9:00 am, Monday to Friday, Berlin time."),
    ({"cron": "*/15 9-17 * * *"}, "Every 15 minutes between 9:00 am and 5:45 pm, Berlin time."),
    ({"cron": "0 9 */20 * mon"},
     "At 9:00 am on every Monday that is the 1st and 21st of the month, Berlin time."),
    ({"cron": "30 6 1 1,7 *"}, "At 6:30 am on the 1st of the month in January and July, Berlin time."),
    ({"cron": "0 */2 * * *"}, "On the hour of every 2nd hour, Berlin time."),
    ({**NINE, "window": OFFICE}, "Every day at 9:00 am, Berlin time. Only between 9:00 am and 5:00 pm, "
     "Monday to Friday; what falls outside is skipped."),
    ({**NINE, "start_on": "2026-12-01", "end_after": 10, "jitter": "5m"},
     "Every day at 9:00 am, Berlin time. Starts on 1 Dec 2026. Ends after 10 times. "
     "Starts up to 5 minutes later."),
    ({**NINE, "blackouts": [{"from": "2026-12-20T00:00", "to": "2027-01-03T08:00"}]},
     "Every day at 9:00 am, Berlin time. Not from 20 Dec 2026, 12:00 am to 3 Jan 2027, 8:00 am."),
    ({**NINE, "holidays": {"calendars": ["country:DE-BY", "works"], "rule": "previous"}},
     "Every day at 9:00 am, Berlin time. "
     "Instead of on public holidays in Germany (BY) and days off in your own calendar, "
     "on the working day before."),
])
def test_a_schedule_is_said_in_a_sentence(document, expected):
    schedule = parsed(document)
    assert sentence(schedule, AT) == expected


def test_a_schedule_that_is_over_says_so():
    over = parsed({"once": "2026-01-01T10:00"}, stored=True)
    assert sentence(over, AT) == "This will never run again. The last time it could was 1 Jan 2026."


@pytest.mark.parametrize(("document", "code", "message"), [
    ({"cron": "0 9 1 * mon"}, "cron_both_days",
     "This runs on the 1st and on every Monday. Most people mean only one of them"),
    ({"cron": "*/45 * * * *"}, "cron_uneven",
     "This runs at :00 and :45, so the gaps are 45 and 15 minutes. "
     'For an even 45 minutes choose "Every few minutes or hours"'),
    ({"interval": "1m"}, "too_many", "That is 1,440 runs a day. Keep it if that is what you want"),
    ({"cron": "* * * * *"}, "too_many", "That is 1,440 runs a day. Keep it if that is what you want"),
    ({"cron": "30 2 * * *"}, "clock_forward",
     "Clocks go forward on Sun 28 March 2027. 2:30 am does not exist that night, so this runs at 3:00 am."),
    ({"daily": {"times": ["02:30"]}}, "clock_back",
     "Clocks go back on Sun 31 October 2027. 2:30 am happens twice; this runs once, the first time."),
    ({"daily": {"times": ["02:15", "02:30"]}, "clock_change": {"forward": "skip", "back": "both"}},
     "clock_forward", "Clocks go forward on Sun 28 March 2027. 2:15 am and 2:30 am do not exist that night, "
     "so this does not run then."),
    ({"interval": "1d"}, "interval_shift",
     "This counts real time, so when clocks change on Sun 28 March 2027 it moves to later times of the day. "
     'For the same time every day choose "Every day".'),
])
def test_a_surprise_is_told_beforehand(document, code, message):
    assert said(document)[code] == message


@pytest.mark.parametrize("document", [
    NINE, {"interval": "15m"}, {"cron": "0 9 * * 1-5"}, {"cron": "*/15 * * * *"}, {"cron": "0 */2 * * *"},
    {"once": "2026-12-24T18:00"}, {**NINE, "holidays": {"calendars": ["works"]}},
    {"cron": "*/20 * * * *"}, {**NINE, "timezone": "Asia/Tokyo"},
])
def test_what_holds_no_surprise_warns_of_nothing(document):
    assert said(document) == {}


def test_a_change_that_is_near_is_mentioned_though_it_touches_nothing():
    assert said(NINE, WINTER) == {
        "clock_change": "Clocks change on Sun 28 March. Runs stay at 9:00 am local time."}


def test_a_change_that_the_preview_crosses_is_mentioned():
    assert "clock_change" in said({"monthly": {"day": 1, "times": ["09:00"]}})


def test_a_run_that_takes_longer_than_the_interval_is_mentioned():
    found = warnings(parsed({"interval": "1m"}), AT, usual=timedelta(minutes=4))
    assert [warning.message for warning in found if warning.code == "shorter_than_run"] == [
        'Runs usually take 4 minutes, but this starts one every minute. '
        'The rule "skip the new one" will skip most of them']
