"""People do two things at once, change their mind in the middle, and put back what was yesterday."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.work import LONGEST, STARTS, Start, let_pass
from tests.support import valkey as valkeys
from tests.support.waiting import wait_until


def test_the_same_order_sent_twenty_times_at_once_is_one_run(scene: Start) -> None:
    """Fault 34: with the same key, every answer names the same run."""
    shared = scene()
    workflow_id = shared.add_workflow(shared.calling("one"))
    with ThreadPoolExecutor(20) as pool:
        named = list(pool.map(lambda _: shared.execute(workflow_id, "order-9"), range(20)))
    assert len(set(named)) == 1
    assert shared.execute(workflow_id, "order-9") == named[0]
    shared.check()
    assert len(shared.sink.calls("/one")) == 1


def test_a_workflow_deleted_at_work_ends_what_it_began_and_starts_nothing(scene: Start) -> None:
    """Fault 39: one run is under way, others wait, and it is due every two seconds."""
    shared = scene()
    workflow_id = shared.add_workflow(shared.calling("one?delay=2", "two"), STARTS, max_concurrent=1)
    runs = [shared.execute(workflow_id) for _ in range(3)]
    wait_until(lambda: shared.sink.calls("/one"), LONGEST)
    assert shared.client.delete(f"/api/workflows/{workflow_id}").status_code in (200, 204)
    seen = shared.occurrences()
    assert shared.app.rows("SELECT id FROM producer_schedules WHERE next_run_at IS NOT NULL") == []
    shared.check()
    assert shared.occurrences() == seen
    (first,) = {call["key"].split(":")[0] for call in shared.sink.calls()}
    assert {shared.run(run).status for run in runs if run != first} <= {"cancelled"}
    assert all(shared.client.get(f"/api/executions/{run}").status_code == 200 for run in runs)


def test_a_workflow_switched_off_at_work_finishes_and_starts_nothing(scene: Start) -> None:
    """Fault 39: switching off holds back what is to come, not what is under way."""
    shared = scene()
    workflow_id = shared.add_workflow(shared.calling("one?delay=1"), STARTS)
    wait_until(lambda: shared.sink.calls("/one"), LONGEST)
    shared.switch(workflow_id, "off")
    seen = shared.occurrences()
    shared.check()
    assert shared.occurrences() == seen
    assert {row.status for row in shared.app.rows("SELECT status FROM executions")} == {"completed"}


def test_a_run_stopped_as_it_ends_has_one_end(scene: Start) -> None:
    """Fault 40: Stop and the last step race; the answer says who was faster, and that stands."""
    shared = scene()
    workflow_id = shared.add_workflow(shared.calling("one?delay=0.1"))
    ends: list[tuple[int, str]] = []
    for number in range(12):
        run = shared.execute(workflow_id)
        wait_until(lambda run=run: any(run in call["key"] for call in shared.sink.calls()))
        let_pass(number / 100)
        answer = shared.client.post(f"/api/executions/{run}/cancellation")
        wait_until(lambda run=run: shared.run(run).status in ("completed", "cancelled"))
        ends.append((answer.status_code, shared.run(run).status))
    shared.check()
    assert set(ends) <= {(200, "cancelled"), (409, "completed")}, ends


@pytest.fixture
def todays_redis() -> Iterator[valkeys.Valkey]:
    with valkeys.running() as running:
        yield running


def test_yesterdays_database_works_with_todays_redis(
    todays_redis: valkeys.Valkey, scene: Start, tmp_path: Path
) -> None:
    """Fault 42: messages about runs that never were are dropped; what is missed comes without a storm."""
    shared = scene(REDIS_URL=todays_redis.url, WORKER_THREADS="1")
    workflow_id = shared.add_workflow(shared.calling("one"), STARTS)
    wait_until(lambda: len(shared.occurrences()) >= 2, LONGEST)
    backup = str(tmp_path / "yesterday")
    kept = shared.app.command("backup", backup)
    assert kept.returncode == 0, kept.stderr
    slow = shared.add_workflow(shared.calling("slow?delay=3"), name="Of today")
    forgotten = [shared.execute(slow) for _ in range(6)]
    shared.app.stop()
    restored = shared.app.command("restore", backup)
    assert restored.returncode == 0, restored.stderr
    steps = shared.app.rows("SELECT execution_id, step_key FROM execution_steps")
    shared.sink.forget(but={f"{row.execution_id}:{row.step_key}:" for row in steps})
    shared.page, shared.acknowledged = None, []
    shared.app.start()
    seen = len(shared.occurrences())
    wait_until(lambda: len(shared.occurrences()) >= seen + 3, LONGEST)
    shared.switch_off(workflow_id)
    shared.check()
    assert not {call["key"].split(":")[0] for call in shared.sink.calls()} & set(forgotten)


def test_bringing_a_running_installation_up_to_date_disturbs_nobody(scene: Start) -> None:
    """Fault 42: `migrate` beside a leader and workers at work."""
    shared = scene()
    workflow_id = shared.add_workflow(shared.calling("one"), STARTS)
    for _ in range(3):
        assert shared.app.command("migrate").returncode == 0
    wait_until(lambda: len(shared.occurrences()) >= 3, LONGEST)
    shared.switch_off(workflow_id)
    shared.check()
