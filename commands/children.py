"""Child processes that never outlive the process that started them."""

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when `parent` ends, however it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was asked
        os._exit(1)


def bound_to_this_process() -> Callable[[], None]:
    """Return what `subprocess.Popen` should run in the child before it becomes the program."""
    parent = os.getpid()
    return lambda: die_with_parent(parent)
