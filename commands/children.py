"""Child processes that never outlive the process that started them."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process `number` when `parent` ends, however it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it ended before the kernel was asked
        os.kill(os.getpid(), number)


def start(
    command: Sequence[str], environ: Mapping[str, str], pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, bound to the life of this process.

    The group keeps the terminal's Ctrl-C away from it: its parent ends it in good order.
    """
    parent = os.getpid()

    def prepare() -> None:
        die_with_parent(parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    return subprocess.Popen(  # noqa: S603 – every command is made here, none comes from outside
        command, env=dict(environ), pass_fds=pass_fds, process_group=0, stdin=subprocess.DEVNULL,
        preexec_fn=prepare,  # noqa: PLW1509 – the parent has one thread
    )
