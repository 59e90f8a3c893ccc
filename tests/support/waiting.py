"""Waiting for something other processes will do."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T], seconds: float = 30, or_show: Callable[[], str] = str
) -> T:
    """Ask `condition` again and again until it is true; return what it answered."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {condition}\n{or_show()}")
        time.sleep(0.05)
