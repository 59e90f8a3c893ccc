"""Issues 4 to 7 of the review of per-producer scheduling."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.time.cron import next_times
from engine.domain.time.durations import parse_duration
from engine.domain.timetables.occurrences import next_occurrence, occurrences

AT = datetime(2026, 2, 4, 10, 7, 30, tzinfo=UTC)


def refused(document):
    with pytest.raises(Invalid) as caught:
        parse_schedule(document, at=AT)
    return caught.value


def test_issue_4_an_interval_and_a_cron_expression_together_are_refused_and_both_named():
    error = refused({"interval": "5m", "cron": "0 9 * * *"})
    assert "interval (5m)" in error.message
    assert "cron (0 9 * * *)" in error.message


def test_issue_4_neither_of_them_is_refused_too():
    assert refused({}).message == "Choose how often this should run"


@pytest.mark.parametrize("text", ["not a cron", "0 25 * * *", "* * * *", "", "61 * * * *"])
def test_issue_5_a_cron_expression_that_can_not_be_read_never_becomes_every_minute(text):
    assert refused({"cron": text}).field == "cron"


@pytest.mark.parametrize("text", ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_issue_6_a_cron_expression_that_never_fires_is_refused_when_saved(text):
    assert refused({"cron": text}).error_code == "cron.never"


def test_issue_6_a_schedule_that_is_over_has_no_next_time():
    schedule = parse_schedule({"once": "2026-02-04T12:00"}, at=AT)
    assert next_occurrence(schedule, datetime(2026, 2, 4, 12, tzinfo=UTC)) is None


@pytest.mark.parametrize(("text", "seconds"), [("5m", 300), ("1h", 3600), ("30s", 30), ("1d", 86400)])
def test_issue_7_intervals_are_read(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["5", "five minutes", "5x", "-5m", "0m", "5m 3s", "1.5h", ""])
def test_issue_7_intervals_that_are_none_are_refused(text):
    assert refused({"interval": text}).field == "interval"


def test_issue_7_an_interval_never_drifts_however_late_it_is_asked():
    schedule = parse_schedule({"interval": "5m"}, at=AT)
    assert next_occurrence(schedule, AT) == datetime(2026, 2, 4, 10, 10, tzinfo=UTC)
    assert next_occurrence(schedule, AT + timedelta(seconds=149)) == datetime(2026, 2, 4, 10, 10, tzinfo=UTC)


def test_issue_7_a_cron_expression_gives_its_next_time():
    assert next_times("0 9 * * *", "UTC", AT, 1) == [datetime(2026, 2, 5, 9, tzinfo=UTC)]


def test_issue_7_two_schedules_never_share_a_next_time():
    quick = parse_schedule({"interval": "5m"}, at=AT)
    slow = parse_schedule({"interval": "1h"}, at=AT)
    assert list(islice(occurrences(slow, AT), 1)) == [datetime(2026, 2, 4, 11, tzinfo=UTC)]
    assert next_occurrence(quick, AT) == datetime(2026, 2, 4, 10, 10, tzinfo=UTC)
