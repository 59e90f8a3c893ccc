"""Too much at once: huge and odd answers, and thousands of runs in line."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.work import Start
from tests.support.waiting import wait_until

MB = 1024 * 1024
MOST_MEMORY = 700 * MB
TABS = ("", "?tab=data", "?tab=log", "?tab=details")
LIVE = "SELECT count(*) AS n FROM executions WHERE status NOT IN ('completed', 'failed', 'cancelled')"


@pytest.mark.parametrize("path", [
    "big?size=52428800", "large?size=9900000", "odd?odd=nul", "odd?odd=invalid", "odd?odd=surrogate",
    "odd?odd=deep",
], ids=["50 MB", "9.9 MB", "NUL", "invalid UTF-8", "half a surrogate", "5,000 lists deep"])
def test_whatever_comes_back_is_kept_in_bounds_and_can_be_looked_at(scene: Start, path: str) -> None:
    """Fault 36: the run ends, memory stays bounded, its pages open; a long line is logged from it."""
    shared = scene()
    key = path.partition("?")[0]
    (call,) = shared.calling(path, retry={"max_attempts": 1}, on_failure="continue")
    note = {"key": "note", "type": "write_log", "with": {"message": "Got {{ steps." + key + ".data }}"}}
    shared.open_page()
    run = shared.execute(shared.add_workflow([call, note]))
    wait_until(lambda: shared.run(run).status in ("completed", "failed"), 60)
    assert most_memory(shared.app.processes()["worker 1"]) < MOST_MEMORY
    assert shared.client.get(f"/api/executions/{run}").status_code == 200
    for tab in TABS:
        assert shared.page and shared.page.browser.get(f"/executions/{run}{tab}").status_code == 200
    assert most_memory(shared.app.processes()["web worker"]) < MOST_MEMORY
    shared.check()


@pytest.mark.parametrize("runs", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_with_many_runs_in_line_pages_open_and_other_workflows_are_not_held_up(
    scene: Start, runs: int, record_property: Callable[[str, object], None]
) -> None:
    """Fault 37: all of them end, and somebody else's run does not wait for them."""
    shared = scene(WORKERS="2")
    browser = shared.open_page().browser
    crowd = shared.add_workflow(shared.calling("one?delay=0.3"), name="Crowd")
    other = shared.add_workflow(shared.calling("other"), name="Other")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: shared.execute(crowd), range(runs)))
    in_line = shared.app.rows(LIVE)[0].n
    shared.wait_for(shared.execute(other))
    left = shared.app.rows(LIVE)[0].n
    slowest = 0.0
    for path in ("/", "/monitoring", "/workflows", "/calendar"):
        began = time.monotonic()
        assert browser.get(path).status_code == 200
        slowest = max(slowest, time.monotonic() - began)
    record_property("slowest_page_ms", round(slowest * 1000))
    shared.check(seconds=runs)
    assert left > in_line / 2, f"{in_line} were in line before the other run, {left} after it"


def most_memory(pid: int) -> int:
    """Return the most memory this process ever held, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
