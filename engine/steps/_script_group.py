"""A control group for one script, where the kernel lets us make one.

The kernel counts what is in it, root's processes too, and refuses what is too much before it is there.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import Final
from uuid import uuid4

_SYSTEM: Final = Path("/sys/fs/cgroup")
_OURS: Final = Path("/proc/self/cgroup")
_WANTED: Final = ("pids", "memory")
_ENDING_LOOKS: Final = 500
_LOOK_SECONDS: Final = 0.01


@contextmanager
def group(threads: int, memory: int, system: Path = _SYSTEM, ours: Path = _OURS) -> Iterator[Path | None]:
    """Give the folder of a new group, None where there can be none; in the end nothing is left in it."""
    made = next(_made(threads, memory, system, ours.read_text() if ours.exists() else ""), None)
    try:
        yield made
    finally:
        if made:
            _end(made)


def _made(threads: int, memory: int, system: Path, ours: str) -> Iterator[Path]:
    for place, kinds in _places(system, ours):
        made = place / f"carillon-script-{uuid4().hex}"
        try:
            made.mkdir()
            (made / "pids.max").write_text(str(threads))
            if "memory" in kinds:
                (made / "memory.max").write_text(str(memory))
                (made / "memory.oom.group").write_text("1")
        except OSError:  # not ours to write, or the kind of limit is missing
            with suppress(OSError):
                made.rmdir()
            continue
        yield made


def _places(system: Path, ours: str) -> Iterator[tuple[Path, set[str]]]:
    """Where groups may be made, each with the kinds of limits it has."""
    for line in ours.splitlines():
        number, names, path = line.split(":", 2)
        if "pids" in names.split(","):  # control groups as they were before version 2
            yield system / "pids" / path.strip("/"), {"pids"}
        elif number == "0":
            with suppress(OSError):
                place = _delegated(system / path.strip("/"))
                yield place, _switched_on(place)


def _delegated(own: Path) -> Path:
    """The group above ours if it was handed to us, for one that holds processes can't share out limits."""
    with suppress(OSError):
        if os.getxattr(own.parent, "user.delegate") == b"1":
            return own.parent
    return own


def _switched_on(place: Path) -> set[str]:
    kinds = {*(place / "cgroup.controllers").read_text().split()} & {*_WANTED}
    (place / "cgroup.subtree_control").write_text(" ".join(f"+{kind}" for kind in sorted(kinds)))
    return kinds


def _end(made: Path) -> None:
    """End what is in it, if its keeper could not, and remove it."""
    for _ in range(_ENDING_LOOKS):
        try:
            made.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            _kill(made)
            sleep(_LOOK_SECONDS)


def _kill(made: Path) -> None:
    with suppress(OSError):
        (made / "pids.max").write_text("0")  # from here on there can only be fewer
        for pid in (made / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
