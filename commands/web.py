"""`web` serves the pages and the API from one process, and runs for leader in it."""

import argparse
import os
from contextlib import ExitStack
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app

from commands.children import die_with_parent
from commands.supervisor import READY
from engine import wiring
from engine.config import Settings
from engine.scheduler.running import leading

# One thread serves one open socket, so there are many; they sleep most of the time.
_THREADS = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fd", type=int, help="the listening socket, when the parent has opened it")
    parser.add_argument("--no-scheduler", action="store_true", help="never run for leader")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    Web(settings, arguments.fd, leads=not arguments.no_scheduler).run()
    return 0


class Web(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings. `app` is named, not imported: it is a front door like this one."""

    def __init__(self, settings: Settings, descriptor: int | None, *, leads: bool) -> None:
        self._address = f"{settings.bind}:{settings.port}" if descriptor is None else f"fd://{descriptor}"
        self._supervisor = None if descriptor is None else os.getppid()
        self._leads = leads
        self._life = ExitStack()
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self._address, "worker_class": "gthread", "workers": 1, "threads": _THREADS,
            "graceful_timeout": 5, "loglevel": "warning", "control_socket_disable": True,
            "post_fork": self._forked, "post_worker_init": self._begin, "worker_exit": self._end,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_app("app:create_app()")

    def _forked(self, _arbiter: Any, worker: Any) -> None:
        die_with_parent(worker.ppid)

    def _begin(self, worker: Any) -> None:
        """Let sockets see when to close, run for leader, and say that pages can be had."""
        wiring.settle()
        worker.wsgi.extensions["carillon_is_stopping"] = lambda: not worker.alive
        if self._leads:
            self._life.enter_context(leading(worker.wsgi.extensions["carillon"]))
        if self._supervisor is not None:
            os.kill(self._supervisor, READY)

    def _end(self, _arbiter: Any, _worker: Any) -> None:
        self._life.close()
