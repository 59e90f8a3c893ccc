"""A warning when runs outlast the gap between planned times: two numbers and a suggestion."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.domain.due.drifts import Drift
from engine.domain.ids import new_id
from engine.models import Execution, Occurrence, Workflow
from engine.queries.times import drift
from tests.services.conftest import add_schedule
from tests.support.stories import Engine


def add_runs(engine: Engine, workflow_id: str, trigger_id: str, count: int, *, takes: int, waits: int = 0,
             skipped: int = 0) -> None:
    """Put the last `count` runs on record, with their length and wait in minutes."""
    occurrences: list[dict[str, Any]] = []
    runs: list[dict[str, Any]] = []
    with engine.database.transaction() as uow:
        version_id = uow.execute(select(Workflow.live_version_id)).scalar_one()
        for number in range(count):
            due = engine.clock.at - timedelta(minutes=10 * (number + 1))
            is_skipped = number < skipped
            run_id = None if is_skipped else new_id(due)
            occurrences.append({
                "id": new_id(due), "trigger_id": trigger_id, "workflow_id": workflow_id, "scheduled_at": due,
                "outcome": "skipped" if is_skipped else "started", "execution_id": run_id,
                "reason": "still_running" if is_skipped else None, "created_at": due,
            })
            if run_id:
                started = due + timedelta(minutes=waits)
                runs.append({
                    "id": run_id, "workflow_id": workflow_id, "version_id": version_id, "input": {},
                    "trigger_id": trigger_id, "started_by": "schedule", "status": "completed",
                    "queued_at": due, "started_at": started, "duration_ms": takes * 60_000,
                })
        uow.execute(insert(Occurrence), occurrences)
        uow.execute(insert(Execution), runs)


def asked(engine: Engine, trigger_id: str) -> Drift | None:
    with engine.database.reading() as connection:
        return drift.of(connection, trigger_id, engine.clock.at)


@pytest.fixture
def every_ten(engine: Engine, workflow_id: str) -> str:
    return add_schedule(engine, workflow_id, "orders", {"interval": "10m"})


def test_runs_that_outlast_the_gap_are_told_with_a_better_gap(
    engine: Engine, workflow_id: str, every_ten: str
) -> None:
    add_runs(engine, workflow_id, every_ten, 90, takes=14, skipped=31)
    found = asked(engine, every_ten)
    assert found is not None
    assert found.sentence == (
        "Runs take 14 minutes but are planned every 10 minutes. 31 of 90 were skipped. Try every 20 minutes.")


def test_runs_that_wait_too_long_need_another_cure(engine: Engine, workflow_id: str, every_ten: str) -> None:
    add_runs(engine, workflow_id, every_ten, 20, takes=4, waits=9)
    found = asked(engine, every_ten)
    assert found is not None
    assert found.sentence == ("Runs take 4 minutes but wait 9 minutes before they begin. "
                              "More workers would help, or fewer starts at the same time.")


@pytest.mark.parametrize(("count", "takes"), [(90, 6), (9, 14), (1, 14)])
def test_runs_that_fit_and_few_runs_say_nothing(
    engine: Engine, workflow_id: str, every_ten: str, count: int, takes: int
) -> None:
    add_runs(engine, workflow_id, every_ten, count, takes=takes)
    assert asked(engine, every_ten) is None


def test_a_start_without_a_schedule_says_nothing(engine: Engine) -> None:
    assert asked(engine, "none") is None
