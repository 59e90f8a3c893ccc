"""The judges themselves: a true history passes them all, and each way to lose or double something is seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.db import Database
from engine.services.due import dispatch
from engine.steps._base import Finished, Outcome, StepContext, StepSettings, StepType
from tests.faults import invariants
from tests.faults.work import EVERY_2_SECONDS
from tests.services.conftest import add_schedule
from tests.support.app_under_test import App
from tests.support.stories import Clock, Engine, add_live_workflow

FIRST, SECOND = ("(SELECT id FROM executions ORDER BY id LIMIT 1)",
                 "(SELECT id FROM executions ORDER BY id LIMIT 1 OFFSET 1)")
SLOT_OF_SECOND = f"(SELECT occurrence_id FROM executions WHERE id = {SECOND})"


class Calling(StepType[StepSettings]):
    """Takes the place of calls over the network, and writes down what the sink would."""

    key = "http_request"
    name = summary = group = icon = "Calling"
    effect = "repeatable"
    Settings = StepSettings

    def __init__(self) -> None:
        self.calls: invariants.Calls = []

    def run(self, context: StepContext, settings: StepSettings) -> Outcome:
        self.calls.append({"key": context.idempotency_key, "at": context.at.timestamp()})
        return Finished("ok")


class History:
    """Three due times two seconds apart, each with a run that made one call."""

    def __init__(self, app: App, database: Database, at: datetime) -> None:
        self.app, step = app, Calling()
        engine = Engine(database, Clock(at), steps={step.key: step})
        workflow_id = add_live_workflow(database, at, [{"key": "one", "type": step.key, "with": {}}])
        add_schedule(engine, workflow_id, "often", {"interval": "2s"})
        for _ in range(3):
            engine.clock.pass_time(seconds=2)
            engine.do(lambda uow: dispatch.dispatch(uow, engine.clock.at))
            for row in app.rows("SELECT id FROM executions WHERE status = 'pending'"):
                engine.advance(row.id)
        app.change("UPDATE producer_schedules SET next_run_at = '2999-01-01'")
        self.calls = step.calls
        self.acknowledged = [row.id for row in app.rows("SELECT id FROM executions")]

    def judges(self) -> dict[str, Callable[[], Any]]:
        app = self.app
        return {
            "slots": lambda: invariants.slots_have_one_record(app, EVERY_2_SECONDS),
            "ended": lambda: invariants.every_run_ended(app),
            "calls": lambda: invariants.calls_match_the_record(app, self.calls),
            "finished": lambda: invariants.finished_steps_stay_finished(app, self.calls),
            "whole": lambda: invariants.database_is_whole(app),
            "lost": lambda: invariants.no_start_is_lost(app, self.acknowledged),
        }

    def objections(self) -> set[str]:
        """Which of the judges do not agree."""
        found = set()
        for name, judge in self.judges().items():
            try:
                judge()
            except AssertionError:
                found.add(name)
        return found


@pytest.fixture
def history(tmp_path: Path, database_url: str, database: Database, at: datetime) -> History:
    return History(App(tmp_path, DATABASE_URL=database_url), database, at)


def test_a_true_history_holds(history: History) -> None:
    assert len(history.calls) == len(history.acknowledged) == 3
    assert history.objections() == set()
    assert not list(invariants._stuck(history.app))
    assert (invariants.lost(history.app, history.acknowledged), invariants.doubled(history.app)) == (set(), 0)


@pytest.mark.parametrize(("harm", "seen_by"), [
    (f"DELETE FROM executions WHERE id = {SECOND}", {"lost", "slots", "whole"}),
    (f"UPDATE executions SET status = 'running' WHERE id = {SECOND}", {"ended", "lost"}),
    (f"DELETE FROM occurrences WHERE id = {SLOT_OF_SECOND}", {"slots", "whole"}),
    (f"UPDATE occurrences SET outcome = 'missed' WHERE id = {SLOT_OF_SECOND}", {"slots"}),
    (f"UPDATE execution_steps SET execution_id = 'nobody' WHERE execution_id = {SECOND}", {"calls", "whole"}),
], ids=["a run is gone", "a run never ended", "a due time is gone", "no reason", "a step of nothing"])
def test_what_is_lost_is_seen(
    history: History, database: Database, harm: str, seen_by: set[str]
) -> None:
    if "nobody" in harm and not database.is_sqlite:
        pytest.skip("Postgres lets no row belong to nothing")
    history.app.change(harm)

    assert seen_by <= history.objections()
    assert len(invariants.lost(history.app, history.acknowledged)) == ("lost" in seen_by)


@pytest.mark.parametrize(("harm", "seen_by"), [
    (f"UPDATE executions SET occurrence_id = (SELECT occurrence_id FROM executions WHERE id = {FIRST}) "
     f"WHERE id = {SECOND}", "slots"),
    (f"INSERT INTO execution_logs (execution_id, step_key, level, event, message, at) "
     f"SELECT execution_id, step_key, level, event, message, at FROM execution_logs "
     f"WHERE event = 'step_completed' AND execution_id = {SECOND}", "finished"),
], ids=["a due time ran twice", "a step finished twice"])
def test_what_is_doubled_is_seen(history: History, harm: str, seen_by: str) -> None:
    history.app.change(harm)

    assert seen_by in history.objections()
    assert invariants.doubled(history.app) == 1


@pytest.mark.parametrize(("change", "seen_by"), [
    (lambda calls: calls[1:], "calls"),
    (lambda calls: [*calls, calls[0]], "calls"),
    (lambda calls: [*calls, {**calls[0], "key": "nobody:one:"}], "calls"),
    (lambda calls: [{**calls[0], "at": calls[0]["at"] + 60}, *calls[1:]], "finished"),
], ids=["never made", "made twice", "on no record", "made afterwards"])
def test_calls_that_do_not_match_are_seen(
    history: History, change: Callable[[invariants.Calls], invariants.Calls], seen_by: str
) -> None:
    history.calls = change(history.calls)

    assert history.objections() == {seen_by}


@pytest.mark.parametrize("following", [None, timedelta(minutes=-1)], ids=["never again", "long ago"])
def test_a_schedule_that_stands_still_is_seen(history: History, following: timedelta | None) -> None:
    history.app.change("UPDATE producer_schedules SET next_run_at = :following",
                       following=following and datetime.now(UTC) + following)

    assert list(invariants._stuck(history.app))
