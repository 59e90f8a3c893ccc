"""Figures from counters, as the reader's clocks count the days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import true

from engine.domain.runs.statistics import Ended
from engine.queries.overview import statistics as queries
from engine.services.runs import statistics
from tests.support.stories import add_live_workflow

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def workflow_id(database):
    return add_live_workflow(database, AT, [])


@pytest.fixture
def ended(database, workflow_id):
    def add(at, status="completed", took=12_000, waited=50, which=None, times=1):
        with database.transaction() as uow:
            statistics.count(uow, [Ended(which or workflow_id, status, at, took, waited)] * times)

    return add


def figures(database, days=7, zone="UTC", workflow_id=None):
    with database.reading() as connection:
        return queries.figures(connection, queries.Scope(true(), AT, days, zone, workflow_id))


def test_every_day_is_there_also_without_runs(database, ended):
    ended(AT)

    assert [results.runs for results in figures(database, days=3).days.values()] == [0, 0, 1]


def test_a_run_near_midnight_belongs_to_the_day_of_the_readers_zone(database, ended):
    ended(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))

    assert figures(database).days[date(2026, 3, 2)].runs == 1
    assert figures(database, zone="Europe/Berlin").days[date(2026, 3, 3)].runs == 1


def test_stopped_runs_say_nothing_about_success(database, ended):
    ended(AT, times=9)
    ended(AT, "failed")
    ended(AT, "cancelled", times=10)

    total = figures(database).total
    assert (total.runs, total.success_rate) == (20, 90.0)


def test_how_long_runs_take_and_wait_is_right_to_a_few_per_cent(database, ended):
    ended(AT, took=12_000, waited=200, times=90)
    ended(AT, took=60_000, waited=5_000, times=10)

    found = figures(database)

    assert found.took.half / timedelta(seconds=12) == pytest.approx(1, rel=0.02)
    assert found.took.most / timedelta(seconds=60) == pytest.approx(1, rel=0.02)
    assert found.waited.half / timedelta(milliseconds=200) == pytest.approx(1, rel=0.02)


def test_the_slowest_workflow_comes_first(database, ended):
    slow = add_live_workflow(database, AT, [], name="Slow")
    ended(AT)
    ended(AT, took=90_000, which=slow)

    assert [one.name for one in figures(database).slowest] == ["Slow", "Report"]


def test_the_busiest_hour_is_the_readers(database, ended):
    ended(AT - timedelta(days=1), times=5)
    ended(AT - timedelta(hours=3))

    assert figures(database, zone="Asia/Tokyo").busiest == 21


def test_what_is_older_is_left_out(database, ended):
    ended(AT - timedelta(days=7))

    assert figures(database).total.runs == 0


def test_one_workflow_can_be_looked_at_alone(database, ended, workflow_id):
    ended(AT, which=add_live_workflow(database, AT, [], name="Other"), times=3)
    ended(AT)

    assert figures(database, workflow_id=workflow_id).total.runs == 1


def test_without_runs_there_are_no_figures(database, workflow_id):
    found = figures(database)

    assert (found.total.success_rate, found.took.half, found.busiest) == (None, None, None)
