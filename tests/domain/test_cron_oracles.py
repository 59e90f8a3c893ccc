import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.domain.errors import Invalid
from engine.domain.time.clock_changes import changes
from engine.domain.time.cron import next_times, parse_cron
from tests.domain.strategies import AT, ZONES, cron_texts, moments

MINUTE = timedelta(minutes=1)
JUMPS = [(zone, change) for zone in ZONES for change in changes(zone, AT, datetime(2029, 1, 1, tzinfo=UTC))]


@given(cron_texts, moments)
def test_every_expression_means_in_utc_what_debian_means(text, start):
    # The oracle takes 5-5/2 for 5/2, which Debian does not know.
    assume(not re.search(r"\b(\d+)-\1/", text))
    try:
        parse_cron(text)
    except Invalid as refused:
        assert refused.error_code == "cron.never"
        with pytest.raises((CronSimError, StopIteration)):
            next(CronSim(text, start))
        return
    oracle = CronSim(text, start)
    assert next_times(text, "UTC", start, 5) == [next(oracle) for _ in range(5)]


@given(st.sampled_from(JUMPS), cron_texts.map(lambda text: " ".join([*text.split()[:2], "* * *"])))
def test_around_a_clock_change_debians_rule_holds(jump, text):
    zone, change = jump
    start, end = change.at - timedelta(hours=5), change.at + timedelta(hours=5)
    expected = by_debians_rule(text, zone, start, end)
    assert next_times(text, zone, start, len(expected)) == expected


def by_debians_rule(text, zone, start, end):
    """Walk every minute of both clocks, as slowly and plainly as possible."""
    cron = parse_cron(text)
    minutes = [start + MINUTE * number for number in range(-300, int((end - start) / MINUTE) + 1)]
    shown = {}
    for minute in minutes:
        shown.setdefault(minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None), []).append(minute)
    by_the_clock = any(part.startswith("*") for part in text.split()[:2])
    found, local = set(), min(shown)
    while local <= max(shown):
        if local.minute in cron.minutes and local.hour in cron.hours:
            found.update(meant(local, shown, by_the_clock))
        local += MINUTE
    return sorted(moment for moment in found if start < moment <= end)


def meant(local, shown, by_the_clock):
    if local in shown:
        return shown[local] if by_the_clock else shown[local][:1]
    return [] if by_the_clock else [shown[next(later for later in sorted(shown) if later > local)][0]]
