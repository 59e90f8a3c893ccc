"""Programs of others that run beside a measurement, and stop with it."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress

from commands.children import die_with_parent
from tests.support.programs import descendants_of, is_running

_GRACE_SECONDS = 10


def start(stack: ExitStack, command: Sequence[object], environ: Mapping[str, str]) -> None:
    """Start `command`, whose words nobody reads, and end it and all it started with `stack`."""
    parent = os.getpid()
    process = subprocess.Popen(
        [str(word) for word in command], env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=lambda: die_with_parent(parent),
    )
    stack.callback(_stop, process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Airflow's parts outlive the program that started them, so each is ended by its id."""
    family = [process.pid, *descendants_of(process.pid)]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in filter(is_running, family):
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(pid, number)
        deadline = time.monotonic() + _GRACE_SECONDS
        while any(map(is_running, family)) and time.monotonic() < deadline:
            time.sleep(0.1)
    process.wait()
