"""What of the history goes when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.workflows.retention import ROW_BYTES, Day, Effect, Keep, removals

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def day(ago, *, failed=False, runs=10, full=None, size=10_000):
    full = runs if full is None else full
    taken = full * size + (runs - full) * ROW_BYTES
    return Day("w", AT.date() - timedelta(days=ago), failed, runs, full, taken)


def gone(keep, *days):
    return {(AT.date() - one.day).days: (one.deleted, one.bared) for one in removals(keep, days, AT)}


def test_runs_of_the_last_days_stay_whole():
    assert gone(Keep(days=30), day(0), day(5), day(14)) == {}


def test_halfway_there_runs_lose_their_data_and_at_the_end_they_go():
    assert gone(Keep(days=30), day(0), day(20), day(31)) == {20: (0, 10), 31: (10, 0)}


def test_failed_runs_have_a_time_of_their_own():
    failed = [day(ago, failed=True) for ago in (0, 40, 60, 91)]

    assert gone(Keep(days=30, failures_days=90), *failed) == {60: (0, 10), 91: (10, 0)}


def test_the_newest_run_stays_whole_however_old():
    assert gone(Keep(days=30), day(400), day(300)) == {400: (10, 0), 300: (9, 0)}


def test_the_newest_failed_run_stays_beside_newer_ones_that_went_well():
    assert gone(Keep(), day(0), day(200, failed=True, runs=1)) == {}


def test_more_runs_than_the_number_go_the_oldest_first():
    assert gone(Keep(runs=25), day(3), day(2), day(1), day(0)) == {3: (10, 0), 2: (5, 0)}


def test_failed_runs_do_not_count_towards_the_number():
    assert gone(Keep(runs=10), day(1), day(2, failed=True)) == {}


def test_too_much_data_goes_the_oldest_first_and_the_runs_stay():
    days = [day(ago, size=100_000) for ago in (2, 1, 0)]

    assert gone(Keep(megabytes=2), *days) == {2: (0, 10), 1: (0, 1)}


def test_data_that_is_gone_already_is_not_removed_twice():
    assert gone(Keep(days=30), day(0), day(20, full=0)) == {}


def test_the_rehearsal_says_what_is_freed_and_that_failures_stay():
    found = removals(Keep(days=30), [day(0), day(40, runs=12_400, size=145_000), day(40, failed=True)], AT)

    assert Effect.of(found).in_words() == "Frees about 1.8 GB, deletes 12,400 runs, keeps all failures."


def test_the_rehearsal_says_how_many_failures_go():
    found = removals(Keep(failures_days=10), [day(0, failed=True), day(11, failed=True, runs=3)], AT)

    assert Effect.of(found).in_words() == "Frees about 30 kB, deletes 3 runs (3 of them failed)."


def test_when_nothing_goes_the_rehearsal_says_so():
    assert Effect.of([]).in_words() == "Nothing has to go now."


def test_a_workflow_changes_only_what_it_says_itself():
    assert Keep().but({"days": 7}) == Keep(days=7)


DAYS = st.lists(
    st.builds(day, st.integers(0, 200), failed=st.booleans(), runs=st.integers(1, 50),
              size=st.integers(ROW_BYTES, 50_000)),
    max_size=20, unique_by=lambda one: (one.day, one.failed),
)
KEEPS = st.builds(Keep, days=st.integers(1, 60), runs=st.integers(1, 100), failures_days=st.integers(1, 120))


@given(KEEPS, DAYS)
def test_never_more_goes_than_there_is_and_one_of_either_kind_stays(keep, days):
    found = {(one.day, one.failed): one for one in removals(keep, days, AT)}

    for failed in (True, False):
        mine = [one for one in days if one.failed is failed]
        deleted = sum(one.deleted for one in found.values() if one.failed is failed)
        assert sum(one.runs for one in mine) - deleted >= 1 or not mine
    for one in days:
        if removal := found.get((one.day, one.failed)):
            assert removal.deleted + removal.bared <= one.runs
            assert 0 <= removal.freed <= one.bytes


@given(KEEPS, DAYS)
def test_what_was_carried_out_is_not_asked_for_again(keep, days):
    left = []
    found = {(one.day, one.failed): one for one in removals(keep, days, AT)}
    for one in days:
        removal = found.get((one.day, one.failed))
        if removal is None:
            left.append(one)
        elif one.runs > removal.deleted:
            runs = one.runs - removal.deleted
            full = min(one.full, runs) - removal.bared
            left.append(one._replace(runs=runs, full=full, bytes=one.bytes - removal.freed))

    assert removals(keep, left, AT) == []


@pytest.mark.parametrize(("days", "first_gone"), [(1, date(2026, 11, 23)), (30, date(2026, 10, 25))])
def test_a_day_is_kept_to_its_end(days, first_gone):
    keep = Keep(days=days)

    assert first_gone < keep.gone_before(False, AT)
    assert not first_gone + timedelta(days=1) < keep.gone_before(False, AT)
