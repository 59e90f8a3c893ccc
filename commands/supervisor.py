"""Keeps a set of child processes running until it is told to stop, then ends them in order."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from commands import children

READY = signal.SIGUSR1
_STOP = (signal.SIGTERM, signal.SIGINT)
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_HEALTHY_AFTER = 30.0
_LONGEST_WAIT = 60.0


@dataclass
class Service:
    """One child: how to start it, how long it may take to stop, and when it may come back."""

    name: str
    command: Sequence[str]
    stop_seconds: float
    rank: int = 1  # rank 0 is stopped after everything that uses it
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    delay: float = _FIRST_DELAY
    again_at: float | None = None

    def start(self, environ: Mapping[str, str], now: float) -> None:
        self.process = children.start(self.command, environ, self.pass_fds)
        self.started, self.again_at = now, None

    def note_end(self, now: float) -> None:
        """Plan the next start: soon after a healthy life, ever later after short ones."""
        if now - self.started >= _HEALTHY_AFTER:
            self.delay = _FIRST_DELAY
        self.again_at = now + self.delay
        self.delay = min(self.delay * 2, _LONGEST_DELAY)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def send(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)  # does nothing when it has ended

    def reap(self) -> None:
        if self.process is not None:
            self.process.wait()


class Supervisor:
    """Starts children with `environ`; calls `announce` when the first of them says it is ready."""

    def __init__(self, environ: Mapping[str, str], announce: Callable[[], None]) -> None:
        self._environ, self._announce = environ, announce
        self._services: list[Service] = []
        # A terminal that goes away says so, unless nohup has asked not to hear of it.
        hangup = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
        self._stop = (*_STOP, *hangup)
        signal.pthread_sigmask(signal.SIG_BLOCK, (*self._stop, signal.SIGCHLD, READY))

    def add(self, service: Service) -> None:
        self._services.append(service)
        service.start(self._environ, time.monotonic())

    def run(self) -> None:
        """Look after the children until a signal says stop."""
        announced = False
        while (number := self._next_signal()) not in self._stop:
            if number == READY and not announced:
                self._announce()
                announced = True
            self._revive(time.monotonic())

    def stop(self) -> None:
        """End the children, those others rely on last; a second signal ends them at once."""
        for rank in sorted({service.rank for service in self._services}, reverse=True):
            self._end([service for service in self._services if service.rank == rank])

    def _end(self, services: list[Service]) -> None:
        for service in services:
            service.send(signal.SIGTERM)
        self._wait(services, time.monotonic() + max(service.stop_seconds for service in services))
        for service in services:
            service.send(signal.SIGKILL)
            service.reap()

    def _next_signal(self) -> int | None:
        moments = [service.again_at for service in self._services if service.again_at is not None]
        longest = min(moments) - time.monotonic() if moments else _LONGEST_WAIT
        received = signal.sigtimedwait((*self._stop, signal.SIGCHLD, READY), max(longest, 0))
        return received.si_signo if received else None

    def _revive(self, now: float) -> None:
        for service in self._services:
            if service.again_at is None and service.has_ended():
                service.note_end(now)
                _report(service)
            elif service.again_at is not None and service.again_at <= now:
                self._start_again(service, now)

    def _start_again(self, service: Service, now: float) -> None:
        """A machine that has no room for a process now may have it in a moment."""
        try:
            service.start(self._environ, now)
        except OSError as error:
            service.note_end(now)
            print(f"carillon: {service.name} can't be started yet: {error}", file=sys.stderr, flush=True)

    def _wait(self, services: list[Service], deadline: float) -> None:
        """Wait until all have ended, time is up or somebody has lost patience."""
        while not all(service.has_ended() for service in services):
            rest = deadline - time.monotonic()
            received = signal.sigtimedwait((*self._stop, signal.SIGCHLD), max(rest, 0))
            if received is None or received.si_signo in self._stop:
                return


def _report(service: Service) -> None:
    code = service.process.returncode if service.process else None
    print(f"carillon: {service.name} ended (code {code}) and is started again", file=sys.stderr, flush=True)
