"""Programs of others that run beside a measurement, and stop with it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from commands.children import die_with_parent


def start(stack: ExitStack, command: Sequence[object], environ: Mapping[str, str]) -> None:
    """Start `command`, whose words nobody reads, and end it with `stack`."""
    parent = os.getpid()
    process = subprocess.Popen(
        [str(word) for word in command], env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=lambda: die_with_parent(parent),
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
