"""The folder with an installation's data: private, and served by one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.domain.errors import Conflict, Invalid


def prepare(home: Path) -> None:
    """Make `home` if need be; nobody else may read it or what is written from now on."""
    os.umask(0o077)
    make_private(home)


def make_private(folder: Path) -> None:
    """Make `folder` readable by its owner only; `Invalid` when that is somebody else."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise Invalid(f"{folder} can't be used: {error.strerror}.", field="CARILLON_HOME") from error
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise Invalid(f"{folder} belongs to another account.", field="CARILLON_HOME")


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold `home` for this process until the end of the block; `Conflict` when another holds it."""
    with open(home / "serve.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Conflict(f"Carillon is already running for {home}, as process {file.read()}.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)
