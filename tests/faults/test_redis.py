"""Redis is lost, emptied, stopped, full or slow: it is a doorbell, and nothing lives in it alone."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError

from tests.faults.scene import Scene
from tests.faults.work import LONGEST, Start, frozen, let_pass, meanwhile
from tests.support import valkey as valkeys
from tests.support.app_under_test import App
from tests.support.waiting import wait_until

Break = Callable[[Redis], object]


@pytest.fixture
def server() -> Iterator[valkeys.Valkey]:
    """A Redis of the test's own, which nobody starts again when it ends."""
    with valkeys.running() as running:
        yield running


def work_through(broken: Scene, do: Callable[[], object], starts: int = 12) -> None:
    """Start runs before, while and after something is done to Redis; all of them end, once."""
    workflow_id = broken.add_workflow(broken.calling("one?delay=0.2", "two"))
    for number in range(starts):
        broken.insist(workflow_id)
        if number == starts // 3:
            do()
    broken.check()
    assert len({call["key"] for call in broken.sink.calls()}) == 2 * starts


def test_redis_that_comes_back_empty_is_refilled_from_the_database(scene: Start) -> None:
    """Fault 18: killed, its log gone, while runs wait and are started."""
    broken = scene()
    workflow_id = broken.add_workflow(broken.calling("one?delay=0.3"))
    for _ in range(15):
        broken.execute(workflow_id)
    shutil.rmtree(broken.app.home / "appendonlydir")
    broken.app.kill("redis")
    for _ in range(5):
        broken.execute(workflow_id)
    broken.check()
    assert len({call["key"] for call in broken.sink.calls()}) == 20


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.long)])
def test_while_redis_is_down_runs_are_accepted_and_drained_afterwards(
    scene: Start, server: valkeys.Valkey, seconds: int
) -> None:
    """Fault 19: pages and API go on, health says what is wrong, no worker leaves for good."""
    broken = scene(REDIS_URL=server.url)
    workflow_id = broken.add_workflow(broken.calling("one"))
    broken.open_page()
    wait_until(broken.app.is_healthy)
    workers = broken.app.processes()
    server.kill()
    started = [broken.execute(workflow_id) for _ in range(5)]
    assert health(broken.app) == ("degraded", "down")
    assert "Redis does not answer" in broken.page.browser.get("/settings/health").text  # type: ignore[union-attr]
    let_pass(seconds)
    server.start()
    for execution_id in started:
        broken.wait_for(execution_id)
    broken.check()
    assert broken.app.processes() == workers


def test_a_redis_that_stands_still_is_waited_out(scene: Start) -> None:
    """Fault 20: it keeps its connections and says nothing, for longer than anybody waits for it."""
    broken = scene()
    workflow_id = broken.add_workflow(broken.calling("one?delay=0.2", "two"))
    broken.execute(workflow_id)
    with frozen(broken.app.processes()["redis"]):
        broken.insist(workflow_id)
        let_pass(6)
    broken.execute(workflow_id)
    broken.check()
    assert len({call["key"] for call in broken.sink.calls()}) == 6


@pytest.mark.parametrize("do", [
    pytest.param(lambda redis: redis.execute_command("DEBUG", "SLEEP", "3"), id="debug sleep"),
    pytest.param(lambda redis: [redis.execute_command("CLIENT", "KILL", "TYPE", kind)
                                for kind in ("normal", "pubsub") for _ in range(3)], id="client kill"),
])
def test_connections_to_redis_that_break_are_made_anew(
    scene: Start, server: valkeys.Valkey, do: Break
) -> None:
    """Fault 20: it sleeps, or throws everybody out."""
    broken = scene(REDIS_URL=server.url)
    work_through(broken, lambda: do(Redis.from_url(server.url)))


def test_a_full_redis_turns_nobody_away(scene: Start, server: valkeys.Valkey) -> None:
    """Fault 21: it takes nothing more; what is started is on record, and runs once it has room at last."""
    redis = Redis.from_url(server.url)
    broken = scene(REDIS_URL=server.url)
    workflow_id = broken.add_workflow(broken.calling("one"))
    redis.set("ballast", bytes(1_000_000))
    redis.config_set("maxmemory-policy", "noeviction")
    redis.config_set("maxmemory", "1mb")
    with pytest.raises(OutOfMemoryError):
        redis.set("more", "")
    for _ in range(5):
        broken.execute(workflow_id)
    redis.config_set("maxmemory", "0")
    broken.check()


def test_an_emptied_redis_loses_no_run(scene: Start, server: valkeys.Valkey) -> None:
    """Fault 22: FLUSHALL, again and again, while runs go through."""
    broken = scene(REDIS_URL=server.url)
    redis = Redis.from_url(server.url)
    workflow_id = broken.add_workflow(broken.calling("one", "two"))
    with meanwhile(redis.flushall):
        for _ in range(15):
            broken.execute(workflow_id)
        wait_until(lambda: broken.app.rows("SELECT id FROM executions WHERE status = 'completed'"), LONGEST)
    broken.check()


def health(app: App) -> tuple[str, str]:
    answer = app.health()
    return answer["status"], answer["checks"]["redis"]
