"""What the scenes have to do, and ways to be nasty that more than one family of faults uses."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from commands.children import die_with_parent
from tests.faults.scene import LONGEST, Scene
from tests.support.app_under_test import ROOT
from tests.support.waiting import wait_until

Start = Callable[..., Scene]
EVERY_2_SECONDS = timedelta(seconds=2)
STARTS = [{"name": "often", "kind": "schedule", "schedule": {"interval": "2s"}, "inputs": {}}]


def run_on_schedule(scene: Scene, at_least: int, workflow_id: str | None = None) -> None:
    """Let a schedule run until it has that many runs, turn it off, wait until quiet, then judge."""
    workflow_id = workflow_id or scene.add_workflow(scene.calling("one", "two"), STARTS)
    wait_until(lambda: len(scene.occurrences()) >= at_least, LONGEST, scene.app.printed)
    scene.switch_off(workflow_id)
    scene.check(EVERY_2_SECONDS)


@contextmanager
def second_leader(scene: Scene) -> Iterator[subprocess.Popen[bytes]]:
    """Run another candidate for leader, without a web server."""
    parent = os.getpid()
    second = subprocess.Popen([sys.executable, "-m", "engine.scheduler"], cwd=ROOT,
                              env={**scene.app.environ, "CARILLON_FAULT": ""},
                              preexec_fn=lambda: die_with_parent(parent))
    try:
        yield second
    finally:
        second.send_signal(signal.SIGCONT)
        second.terminate()
        second.wait()


def let_pass(seconds: float) -> None:
    """Let a fault last: other processes look at the real clock, so there is nothing else to wait for."""
    threading.Event().wait(seconds)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def meanwhile(do: Callable[[], object]) -> Iterator[list[object]]:
    """Do something again and again beside the block; gives the list of what it answered."""
    answers: list[object] = []
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            answers.append(do())

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()
