"""What a script may not do: outlive its time or its worker, fill memory, disk or the list of processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.errors import StepFailed
from engine.steps import _script_group, registry
from engine.steps._script_settings import MOST_PROCESSES, MOST_THREADS
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import sys
from engine.steps._script_process import PLAIN_ENVIRON, Order, run
order = Order(("/bin/sh",), "script.sh", sys.argv[1], PLAIN_ENVIRON, "", 10**9, 10**9, 100, 400)
run(order, 60, lambda: True)
"""


def is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def told(tmp_path: Path) -> Callable[[], list[str]]:
    """The numbers of the processes a script has written down."""
    return lambda: (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []


def test_a_script_that_takes_too_long_is_ended(script_failure):
    failed = script_failure("echo begun; sleep 60", seconds=0.5)

    assert (failed.error_class, failed.error_code) == ("timeout", "limit.time")
    assert failed.message == "The script took longer than 0.5 seconds, so it was ended."
    assert failed.detail["sent"]


def test_a_script_without_any_time_left_does_not_start(script_failure):
    assert not script_failure("true", seconds=0).detail["sent"]


@pytest.mark.parametrize("hiding", [
    "trap '' TERM HUP INT; sleep 60 & echo $! $$ >> {pids}; wait",
    "setsid sh -c 'echo $$ >> {pids}; sleep 60' & sleep 60",
    "(setsid sh -c 'setsid sleep 60 & echo $! >> {pids}' &) ; sleep 60",
])
def test_nothing_it_started_outlives_its_time(script_failure, told, tmp_path, hiding):
    script_failure(hiding.replace("{pids}", str(tmp_path / "pids")), seconds=1)

    assert told()
    assert not any(map(is_running, told()))


def test_what_it_leaves_behind_is_ended_with_it(run_script, told, tmp_path):
    run_script(f"sleep 60 >/dev/null & echo $! > {tmp_path}/pids")

    assert not any(map(is_running, told()))


def test_what_holds_on_to_its_output_does_not_hold_up_the_step(run_script):
    assert run_script("sleep 60 & echo done")["output"] == "done\n"


with _script_group.group(10, 10**9) as tried:
    IS_GROUPED = bool(tried)
IS_CONTAINED = IS_GROUPED or os.getuid() != 0
# Where nothing counts root's processes, what doubles faster than anybody can look would take the machine.
BOMB = "b() { b | b & }; b; sleep 60" if IS_CONTAINED else "while :; do sleep 60 & done"
TOO_MANY = (f"It started more than {MOST_PROCESSES} processes, or {MOST_THREADS} threads, at once, "
            "so it was ended.")


@pytest.mark.parametrize("bomb", [BOMB, f"setsid sh -c '{BOMB}' & sleep 60"], ids=["plain", "on its own"])
def test_a_fork_bomb_is_contained(script_failure, bomb):
    failed = script_failure(bomb, seconds=20)

    assert (failed.message, failed.error_class) == (TOO_MANY, "logic")


def test_threads_are_counted_too(script_failure):
    failed = script_failure(
        "import threading, time\n"
        f"for _ in range({MOST_THREADS + 1}): threading.Thread(target=time.sleep, args=[60]).start()",
        language="python", memory_mb=20_000,
    )

    assert failed.message == TOO_MANY if IS_GROUPED else "can't start new thread" in failed.message


def test_memory_is_limited(script_failure):
    failed = script_failure("x = bytearray(200_000_000)", language="python", memory_mb=100)

    assert failed.message == "It ended with code 1 at line 1: MemoryError"


def test_files_are_limited(script_failure):
    failed = script_failure("head -c 3000000 /dev/zero > big", file_mb=2)

    assert failed.error_code == "script.error"


def test_it_may_use_less_than_the_rest(run_script):
    limits = run_script("ulimit -c; nice; cat /proc/self/oom_score_adj")["output"].split()

    assert (limits[0], limits[2]) == ("0", "1000")
    assert int(limits[1]) >= 10


@pytest.mark.skipif(IS_GROUPED, reason="a group counts better")
def test_without_a_group_the_kernel_counts_what_the_account_runs(run_script):
    limit = run_script("import resource; print(resource.getrlimit(resource.RLIMIT_NPROC)[0])",
                       language="python")["data"]

    assert MOST_THREADS < limit < 100_000


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", WORKER, script], cwd=ROOT))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_it_dies_with_its_worker(worker, told, tmp_path):
    pids = tmp_path / "pids"
    process = worker(f"setsid sh -c 'echo $$ >> {pids}; sleep 60' & echo $$ >> {pids}; wait")
    wait_until(lambda: len(told()) == 2)

    os.kill(process.pid, signal.SIGKILL)

    wait_until(lambda: not any(map(is_running, told())))


def test_a_script_nobody_wants_any_more_is_ended(make_context, told, tmp_path):
    context = replace(make_context(seconds=60, scripts=True), is_wanted=lambda: not told())
    script = registry()["script"]

    with pytest.raises(StepFailed):
        script.run(context, script.prepare({"script": f"echo $$ > {tmp_path}/pids; sleep 60"}, {}))

    assert not any(map(is_running, told()))


def test_a_script_that_ends_its_own_keeper_is_ended_too(script_failure, told, tmp_path):
    failed = script_failure(f'echo $$ > {tmp_path}/pids; rm -r "${{HOME%/work}}"; kill -9 $PPID; sleep 60')

    assert (failed.error_class, failed.message) == ("transient", "It was ended from outside.")
    wait_until(lambda: not any(map(is_running, told())))


@pytest.mark.skipif(not IS_GROUPED, reason="nobody else knows what belonged to it")
def test_nothing_is_left_by_a_script_that_ends_its_own_keeper(script_failure, told, tmp_path):
    script_failure(f"setsid sleep 60 & echo $! > {tmp_path}/pids; kill -9 $PPID; sleep 60")

    assert told()
    assert not any(map(is_running, told()))
