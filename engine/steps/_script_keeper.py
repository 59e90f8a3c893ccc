"""A program of its own that runs one script within limits, and ends all that came of it.

Standard input is a socket to the worker: it brings the order and takes the report. When it closes – the
deadline has come, or the worker has died – everything is ended. Nothing of the app is imported here, for
this starts anew for every script, and it has one thread, so that it may fork.
"""

import ctypes
import json
import os
import resource
import select
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_LOOK_SECONDS: Final = 0.05
_ENDING_LOOKS: Final = 100
_OURS_ALONE: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_IGNORED_BY_PYTHON: Final = (signal.SIGPIPE, signal.SIGXFSZ)


def main() -> None:
    channel = socket.socket(fileno=os.dup(0))
    with channel.makefile("rb") as incoming:
        order = json.loads(incoming.readline() or b"null")
    if order is None:
        return
    for number in _OURS_ALONE:
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    folder = Path(tempfile.mkdtemp(prefix="carillon-script-"))
    try:
        report = _watched(order, folder, channel)
    finally:
        _end_all(order["group"])
        shutil.rmtree(folder, ignore_errors=True)
    channel.sendall(json.dumps(report).encode())


def _watched(order: dict[str, Any], folder: Path, channel: socket.socket) -> dict[str, Any]:
    """Start the script and return how it ended: by itself, by a closed channel or by its number."""
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    child = _started(order, folder)
    while True:
        ready, _, _ = select.select([woken, channel.fileno()], [], [], _LOOK_SECONDS)
        if woken in ready:
            os.read(woken, 4096)
        ended = _reaped()
        if too_much := _too_much(order):
            return {too_much: True}
        if child in ended:
            return {"status": os.waitstatus_to_exitcode(ended[child])}
        if channel.fileno() in ready:
            return {"stopped": True}


def _too_much(order: dict[str, Any]) -> str:
    """What it took too much of; the kernel notes down what it refused to a group."""
    if len(_descendants()) > order["processes"] or _refused(order, "pids.events", "max"):
        return "too_many"
    return "too_large" if _refused(order, "memory.events", "oom_kill") else ""


def _refused(order: dict[str, Any], name: str, event: str) -> bool:
    notes = Path(order["group"] or "/nowhere", name)
    return notes.exists() and dict(map(str.split, notes.read_text().splitlines()))[event] != "0"


def _started(order: dict[str, Any], folder: Path) -> int:
    script, work = folder / order["name"], folder / "work"
    script.write_bytes(order["script"].encode("utf-8", "replace"))
    work.mkdir(0o700)
    given = os.memfd_create("given")
    os.write(given, order["given"].encode("utf-8", "replace"))
    os.lseek(given, 0, os.SEEK_SET)
    keeper, child = os.getpid(), os.fork()
    if child:
        os.close(given)
        return child
    try:
        _become(order, script, given, keeper)
    except (OSError, ValueError) as error:
        os.write(2, f"The script could not be started: {error}\n".encode())
    finally:
        os._exit(127)


def _become(order: dict[str, Any], script: Path, given: int, keeper: int) -> NoReturn:
    """Turn this process into the script: a session of its own, tied to the life of its keeper."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:  # it ended before the kernel was asked
        os._exit(127)
    for number in (*_OURS_ALONE, *_IGNORED_BY_PYTHON, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if order["group"]:
        Path(order["group"], "cgroup.procs").write_text("0")
    os.dup2(given, 0)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.umask(0o022)
    work = str(script.parent / "work")
    os.chdir(work)
    os.nice(10)
    # When memory runs out the kernel ends the script, not the app.
    Path("/proc/self/oom_score_adj").write_text("1000")
    _limit(order)
    environ = {"HOME": work, "PWD": work, "TMPDIR": work, **order["environ"]}
    command = [*order["command"], str(script)]
    os.execve(command[0], command, {  # noqa: S606 – no shell reads these words; /bin/sh is one of them
        name.encode(): value.encode("utf-8", "replace") for name, value in environ.items()
    })


def _limit(order: dict[str, Any]) -> None:
    # Not the address space: some languages set aside far more of it than they ever use.
    _lower(resource.RLIMIT_DATA, order["memory"])
    _lower(resource.RLIMIT_FSIZE, order["file_size"])
    _lower(resource.RLIMIT_NOFILE, 1024)
    _lower(resource.RLIMIT_CORE, 0)
    if not order["group"]:
        # The kernel counts all threads of the account, and knows no such limit for root.
        _lower(resource.RLIMIT_NPROC, order["account_threads"])


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (least, least))


def _end_all(group: str | None) -> None:
    """End every process that came of the script, also those that have gone their own ways."""
    if group:
        _try(Path(group, "pids.max").write_text, "0")  # from here on there can only be fewer
    for _ in range(_ENDING_LOOKS):
        found = _descendants()
        if not found:
            break
        # A whole group ends at once, however fast its members start others.
        for together in {*found.values()} - {os.getpgrp()}:
            _try(os.killpg, together, signal.SIGKILL)
        for pid in found:
            _try(os.kill, pid, signal.SIGKILL)
        select.select([], [], [], _LOOK_SECONDS / 5)
        _reaped()
    if group:
        _try(os.rmdir, group)


def _try(do: Callable[..., object], *words: object) -> None:
    try:
        do(*words)
    except OSError:
        return  # it has ended, or it has become somebody else


def _reaped() -> dict[int, int]:
    ended = {}
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = found[1]
    except ChildProcessError:
        pass
    return ended


def _descendants() -> dict[int, int]:
    """Every process below this one with its group; what loses its parent comes to this one."""
    children: dict[int, list[tuple[int, int]]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # The name in brackets may hold anything, brackets included.
            _, parent, group, *_ = (entry / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(int(parent), []).append((int(entry.name), int(group)))
    found, waiting = {}, children.get(os.getpid(), [])
    while waiting:
        pid, found[pid] = waiting.pop()
        waiting.extend(children.get(pid, ()))
    return found


if __name__ == "__main__":
    main()
