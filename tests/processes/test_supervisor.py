"""The supervisor outlives whatever happens to its children, and to the machine for a moment."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from commands import children
from commands.supervisor import Service, Supervisor


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    keeper = Supervisor(dict(os.environ), lambda: None)
    yield keeper
    keeper.stop()
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def test_a_machine_without_room_for_a_process_is_asked_again(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], 1)
    supervisor.add(service)
    service.send(9)
    service.reap()

    start, refused = children.start, []

    def full_at_first(*given: object) -> object:
        if len(refused) < 2:
            refused.append(given)
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return start(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(children, "start", full_at_first)
    now = time.monotonic()
    for later in (0, 1, 3, 9):
        supervisor._revive(now + later)

    assert len(refused) == 2
    assert not service.has_ended()
