"""One script as a child process: started through its keeper, heard out with bounds, ended in time."""

import json
import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from engine.steps import _script_group

SHOWN_BYTES: Final = 256_000
LARGE_PROCESSES: Final = 4
_ERROR_BYTES: Final = 16_000
_PIECE: Final = 65_536
_GRACE_SECONDS: Final = 10
_ASK_SECONDS: Final = 1
_KEEPER: Final = Path(__file__).with_name("_script_keeper.py")
PLAIN_ENVIRON: Final[Mapping[str, str]] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8", "SHELL": "/bin/sh",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: `command` is followed by the path of a file `name` that holds `script`.

    `given` is what the script reads; sizes are in bytes, `memory` that of one process. Its control group
    gets `threads`, and room for a few processes of that size.
    """

    command: Sequence[str]
    name: str
    script: str
    environ: Mapping[str, str]
    given: str
    memory: int
    file_size: int
    processes: int
    threads: int


@dataclass(slots=True)
class Heard:
    """What a script has said: the beginning of its output and the end of its errors."""

    report: bytes = b""
    output: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)
    size: int = 0

    def take(self, name: str, piece: bytes) -> None:
        if name == "report":
            self.report += piece
        elif name == "errors":
            self.errors += piece
            del self.errors[:-_ERROR_BYTES]
        else:
            self.size += len(piece)
            self.output += piece[:SHOWN_BYTES - len(self.output)]

    def ending(self) -> Mapping[str, Any]:
        """How it ended, in the keeper's words; empty when the keeper itself was ended."""
        told: Mapping[str, Any] = json.loads(self.report) if self.report else {}
        return told


def run(order: Order, seconds: float, is_wanted: Callable[[], bool]) -> Heard:
    """Run a script to its end, or end it when its time is up or nobody wants it any more.

    Raises `OSError` when nothing can start.
    """
    ends = monotonic() + seconds
    memory = order.memory * LARGE_PROCESSES
    with _script_group.group(order.threads, memory) as group:
        told = {**asdict(order), "group": group and str(group),
                "account_threads": 0 if group else _threads_of(os.getuid()) + order.threads}
        return _kept(json.dumps(told).encode(), ends, is_wanted)


def _kept(order: bytes, ends: float, is_wanted: Callable[[], bool]) -> Heard:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(  # noqa: S603 – the keeper is a file of ours
                [sys.executable, "-I", "-S", str(_KEEPER)], stdin=theirs.fileno(), stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=dict(PLAIN_ENVIRON), cwd="/", start_new_session=True,
            )
        with process:
            try:
                ours.settimeout(max(ends - monotonic(), 1))
                ours.sendall(order + b"\n")
                return _heard_out(process, ours, ends, is_wanted)
            finally:
                process.kill()


def _heard_out(
    process: subprocess.Popen[bytes], channel: socket.socket, ends: float, is_wanted: Callable[[], bool]
) -> Heard:
    heard, stopped, asks = Heard(), False, monotonic() + _ASK_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ, "report")
        selector.register(_pipe(process.stdout), selectors.EVENT_READ, "output")
        selector.register(_pipe(process.stderr), selectors.EVENT_READ, "errors")
        while channel in selector.get_map():
            now = monotonic()
            if now >= asks and not stopped:
                asks, ends = now + _ASK_SECONDS, ends if is_wanted() else now
            if now >= ends and stopped:
                return heard
            if now >= ends:
                channel.shutdown(socket.SHUT_WR)
                stopped, ends = True, now + _GRACE_SECONDS
            _listen(selector, heard, min(ends - now, _ASK_SECONDS))
        # The keeper is gone and so is all it kept: what is left stands in the pipes already.
        while _listen(selector, heard, 0):
            continue
    return heard


def _listen(selector: selectors.BaseSelector, heard: Heard, seconds: float) -> bool:
    """Take one piece from each that has something; False when none has."""
    ready = selector.select(seconds)
    for key, _ in ready:
        piece = _piece(key.fd)
        if piece:
            heard.take(key.data, piece)
        else:
            selector.unregister(key.fileobj)
    return bool(ready)


def _piece(number: int) -> bytes:
    try:
        return os.read(number, _PIECE)
    except ConnectionResetError:  # the keeper ended with part of the order unread
        return b""


def _pipe(stream: Any) -> Any:
    os.set_blocking(stream.fileno(), False)
    return stream


def _threads_of(account: int) -> int:
    count = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.stat().st_uid == account:
                count += len(os.listdir(entry / "task"))
        except OSError:
            continue  # it has ended meanwhile
    return count
