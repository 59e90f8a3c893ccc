from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import parse_schedule, to_document
from engine.domain.schedules.sentences import sentence, warnings
from engine.domain.time.cron import next_times
from engine.domain.timetables.occurrences import next_occurrence, occurrences
from tests.domain.strategies import AT, documents

TEXTS = st.sampled_from(["", "5m", "09:00", "mon", "last", "2026-12-24", "9999-12-31", "0001-01-01T00:00",
                         "9999-12-31T23:59", "2027-01-01T00:00-12:00", "country:DE", "skip", "\x00", "٣"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 40), st.just(10**30), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([
        "times", "days", "day", "every", "anchor", "from", "to", "rule", "calendars", "missed", "overlap",
        "up_to", "nth", "weekday", "working_day", "within", "limit", "short_month"]), inner, max_size=4)),
    max_leaves=6,
)
SIMPLE = [{"interval": "2h"}, {"cron": "0 9 * * *"}, {"daily": {"times": ["09:00"]}}]
KEYS = st.sampled_from([
    "interval", "cron", "once", "daily", "weekly", "monthly", "say", "timezone", "align", "anchor", "window",
    "holidays", "blackouts", "jitter", "policies", "start_on", "end_on", "end_after", "clock_change"])


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_document_is_read_or_refused_but_never_a_crash(document):
    try:
        parse_schedule(document, at=AT)
    except Invalid as refused:
        assert refused.problems


@given(documents, KEYS, VALUES)
def test_a_good_document_with_one_bad_value_is_read_or_refused(document, key, value):
    try:
        schedule = parse_schedule({**document, key: value}, at=AT)
    except Invalid as refused:
        assert refused.problems
    else:
        assert parse_schedule(to_document(schedule), at=AT, stored=True) == schedule


@given(documents)
def test_every_schedule_can_be_said_and_warned_about(document):
    try:
        schedule = parse_schedule(document, at=AT)
    except Invalid:
        return
    assert sentence(schedule, AT)
    assert all(warning.message for warning in warnings(schedule, AT))


@pytest.mark.parametrize("year", [1, 1899, 2500, 9999])
def test_a_moment_far_away_is_refused(year):
    far = datetime(year, 12, 31, 23, 59, tzinfo=UTC)
    with pytest.raises(Invalid):
        next_occurrence(parse_schedule({"interval": "5m"}, at=AT), far)
    with pytest.raises(Invalid):
        next_times("* * * * *", "UTC", far, 1)


@pytest.mark.parametrize("document", SIMPLE)
def test_the_zone_of_the_moment_asked_about_changes_nothing(document):
    schedule = parse_schedule({**document, "timezone": "Europe/Berlin"}, at=AT)
    elsewhere = AT.astimezone(timezone(timedelta(hours=-9)))
    assert list(occurrences(schedule, elsewhere, limit=5)) == list(occurrences(schedule, AT, limit=5))


@pytest.mark.parametrize("document", SIMPLE)
def test_every_time_is_in_utc(document):
    schedule = parse_schedule({**document, "timezone": "Europe/Berlin"}, at=AT)
    assert {moment.tzinfo for moment in occurrences(schedule, AT, limit=5)} == {UTC}
