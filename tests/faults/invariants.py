"""What must hold after every fault; the numbers are those of the fault list."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.app_under_test import App
from tests.support.waiting import wait_until

Calls = list[dict[str, Any]]
# A tick a second, and some patience with a machine that is busy with other tests.
LATE = timedelta(seconds=10)
_FINAL = "('completed', 'failed', 'cancelled')"


def slots_have_one_record(app: App, every: timedelta | None) -> None:
    """I1, I2: one row per due time, with one run or with a reason; `every`: none between two others lacks."""
    rows = app.rows("SELECT trigger_id, scheduled_at, outcome, reason, execution_id FROM occurrences")
    assert set(Counter((row.trigger_id, row.scheduled_at) for row in rows).values()) <= {1}
    runs = Counter(row.occurrence_id for row in app.rows(
        "SELECT occurrence_id FROM executions WHERE occurrence_id IS NOT NULL"))
    assert set(runs.values()) <= {1}
    assert len(runs) == sum(row.outcome == "started" for row in rows)
    assert [row for row in rows if row.outcome != "started" and not row.reason] == []
    if every is not None:
        for trigger_id in {row.trigger_id for row in rows}:
            moments = sorted(moment(row.scheduled_at) for row in rows if row.trigger_id == trigger_id)
            gaps = {later - earlier for earlier, later in zip(moments, moments[1:], strict=False)}
            assert gaps <= {every}, gaps


def every_run_ended(app: App) -> None:
    """I3."""
    assert app.rows(f"SELECT id, status, reason FROM executions WHERE status NOT IN {_FINAL}") == []


def calls_match_the_record(app: App, calls: Calls) -> None:
    """I4: no call that is not on record, none more often than recorded, at least one for what is finished."""
    made = Counter(call["key"] for call in calls)
    rows = app.rows("SELECT execution_id, step_key, status, attempt FROM execution_steps "
                    "WHERE type = 'http_request'")
    recorded = {f"{row.execution_id}:{row.step_key}:": row for row in rows}
    for key, row in recorded.items():
        assert made[key] <= row.attempt, (key, made[key], row)
        if row.status == "completed":
            assert made[key] >= 1, key
    assert made.keys() <= recorded.keys()


def finished_steps_stay_finished(app: App, calls: Calls) -> None:
    """I5: a step finishes once, and calls nobody afterwards."""
    finished = Counter((row.execution_id, row.step_key, row.position) for row in app.rows(
        "SELECT execution_id, step_key, position FROM execution_logs WHERE event = 'step_completed'"))
    assert set(finished.values()) <= {1}, finished.most_common(3)
    last = {call["key"]: datetime.fromtimestamp(call["at"], UTC) for call in calls}
    for row in app.rows("SELECT execution_id, step_key, completed_at FROM execution_steps "
                        "WHERE status = 'completed'"):
        called = last.get(f"{row.execution_id}:{row.step_key}:")
        assert called is None or called <= moment(row.completed_at), (row, called)


def schedules_go_on(app: App) -> None:
    """I6: what is on knows when it runs next: after what it has run, and not long ago."""
    wait_until(lambda: not list(_stuck(app)), 30, lambda: str(list(_stuck(app))))


def page_is_true(is_true: Callable[[], bool]) -> None:
    """I7: a page that was away shows within moments what the database says."""
    wait_until(is_true, 10)


def database_is_whole(app: App) -> None:
    """I8: the file is sound, and no row belongs to nothing."""
    if app.settings.database_url.startswith("sqlite"):
        assert [tuple(row) for row in app.rows("PRAGMA integrity_check")] == [("ok",)]
        assert app.rows("PRAGMA foreign_key_check") == []
    for child, column, parent in (
        ("execution_steps", "execution_id", "executions"), ("execution_logs", "execution_id", "executions"),
        ("occurrences", "execution_id", "executions"), ("executions", "occurrence_id", "occurrences"),
        ("executions", "workflow_id", "workflows"), ("occurrences", "trigger_id", "triggers"),
        ("producer_schedules", "trigger_id", "triggers"), ("executions", "version_id", "workflow_versions"),
    ):
        orphans = app.rows(f"SELECT {column} FROM {child} WHERE {column} IS NOT NULL "
                           f"AND {column} NOT IN (SELECT id FROM {parent})")
        assert orphans == [], (child, column)


def no_start_is_lost(app: App, acknowledged: Iterable[str]) -> None:
    """I9: what was answered with 202 is there."""
    assert lost(app, acknowledged) == set()


def lost(app: App, acknowledged: Iterable[str]) -> set[str]:
    """Return the acknowledged runs that are not there or have not ended."""
    ended = {row.id for row in app.rows(f"SELECT id FROM executions WHERE status IN {_FINAL}")}
    return set(acknowledged) - ended


def doubled(app: App) -> int:
    """Return how many due times ran twice and how many steps finished twice."""
    twice = app.rows("SELECT occurrence_id FROM executions WHERE occurrence_id IS NOT NULL "
                     "GROUP BY occurrence_id HAVING count(*) > 1")
    again = app.rows("SELECT execution_id, step_key FROM execution_logs WHERE event = 'step_completed' "
                     "GROUP BY execution_id, step_key, position HAVING count(*) > 1")
    return len(twice) + len(again)


def moment(value: Any) -> datetime:
    """Read a moment as either database gives it."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _stuck(app: App) -> Iterable[Any]:
    rows = app.rows(
        "SELECT s.trigger_id, s.next_run_at, max(o.scheduled_at) AS latest FROM producer_schedules s "
        "LEFT JOIN occurrences o ON o.trigger_id = s.trigger_id WHERE s.state = 'active' "
        "GROUP BY s.trigger_id, s.next_run_at"
    )
    oldest = datetime.now(UTC) - LATE
    for row in rows:
        following = None if row.next_run_at is None else moment(row.next_run_at)
        if following is None or following < oldest or (row.latest and following <= moment(row.latest)):
            yield row
