"""Carillon as people start it: `app.py serve` in its own folder, to be used, killed and looked into."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import create_engine, text

from commands.children import die_with_parent
from engine import config
from tests.support.programs import children_of, command_of, descendants_of, free_port, is_running
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
EMAIL, PASSWORD = "ann@example.org", "correct horse battery staple"
_OURS = ("CARILLON_", "PORT", "DATABASE_URL", "REDIS_URL", "WORKER")
_PR_CAPBSET_DROP, _PASSES_PERMISSIONS = 24, (1, 2)


class App:
    """One installation. `environ` is what a person would set before starting it."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.home, self.port = folder / "data", free_port()
        self.output = folder / "output.txt"
        outside = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        self.environ = {**outside, "CARILLON_HOME": str(self.home), "PORT": str(self.port),
                        "WORKERS": "1", **environ}
        self.settings = config.load(self.environ)
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = ""

    def start(self, *options: str) -> None:
        """Start it and wait until it says where it is."""
        parent, before = os.getpid(), self.printed()
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "app.py", "serve", *options], env=self.environ, cwd=ROOT,
                stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                preexec_fn=lambda: _as_from_a_shell(parent, is_mighty="DATABASE_URL" in self.environ),
            )
        wait_until(lambda: "Carillon is running" in self.printed()[len(before):] or self._has_ended(),
                   or_show=self.printed)
        assert self.process.poll() is None, self.printed()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def kill(self, name: str) -> int:
        """Kill -9 the process called `name` in `processes`, once there is one, and return the id it had."""
        pid = wait_until(lambda: self.processes().get(name), 90, self.printed) or 0
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_running(pid))
        return pid

    def kill_everything(self) -> None:
        """What a power cut does, short of what the disk still held."""
        pids = [self.process.pid, *descendants_of(self.process.pid)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        wait_until(lambda: not any(map(is_running, pids)))

    def processes(self) -> dict[str, int]:
        """Return the ids by name: `redis`, `web`, `web worker` (it leads), `worker` or `worker 1` …"""
        found: dict[str, int] = {}
        for pid in sorted(children_of(self.process.pid)):
            command = command_of(pid)
            if "valkey-server" in command:
                found["redis"] = pid
            elif "app.py web" in command:
                found["web"] = pid
                if workers := children_of(pid):
                    found["web worker"] = workers[0]
            elif "worker.py" in command:
                found[f"worker {sum(name.startswith('worker') for name in found) + 1}"] = pid
        return found

    def command(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run one of `app.py`'s commands for this installation."""
        return subprocess.run([sys.executable, ROOT / "app.py", *words], env=self.environ, cwd=ROOT,
                              input=given, capture_output=True, text=True, timeout=60, check=False)

    def client(self) -> httpx2.Client:
        """Return an API client that acts for the administrator, whom it makes when there is none."""
        self.token = self.token or self.make_token()
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)

    def make_token(self) -> str:
        self.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
        made = self.command("token", "--email", EMAIL, "--name", "tests")
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def rows(self, statement: str, **values: Any) -> list[Any]:
        # An onlooker takes no part in what others have serialized.
        engine = create_engine(self.settings.database_url, isolation_level="READ UNCOMMITTED")
        with engine.connect() as connection:
            rows = connection.execute(text(statement), values).all()
        engine.dispose()
        return list(rows)

    def change(self, statement: str, **values: Any) -> None:
        """Change the database behind Carillon's back."""
        engine = create_engine(self.settings.database_url)
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()

    def health(self) -> dict[str, Any]:
        """Return what `/healthz` says; `{"status": "silent"}` when nobody answers."""
        try:
            answer = httpx2.get(f"{self.url}/healthz", timeout=15, trust_env=False)
        except httpx2.HTTPError:
            return {"status": "silent"}
        found: dict[str, Any] = answer.json()
        return found

    def is_healthy(self) -> bool:
        return self.health()["status"] == "ok"

    def printed(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def _has_ended(self) -> bool:
        return self.process.poll() is not None


def _as_from_a_shell(parent: int, is_mighty: bool) -> None:
    """Begin as people's programs do, also where the tests were told to survive a hang-up or run as root.

    `is_mighty` leaves root its power over the files of others, such as the socket of the tests' Postgres.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    for right in () if is_mighty else _PASSES_PERMISSIONS:
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, right)
    die_with_parent(parent, signal.SIGTERM)


@contextmanager
def installed(folder: Path, **environ: str) -> Iterator[App]:
    """Give an installation that is not running yet, and stop it in the end if it is."""
    app = App(folder, **environ)
    try:
        yield app
    finally:
        if hasattr(app, "process") and app.process.poll() is None:
            app.stop()
