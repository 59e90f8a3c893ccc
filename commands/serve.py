"""`serve` runs everything one machine needs in the foreground: Redis, web, leader and workers."""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from commands import children, home, migrate, redis_server
from commands.supervisor import Service, Supervisor
from engine import clock
from engine.config import Settings
from engine.db import Database
from engine.domain.errors import Conflict, Invalid
from engine.services.people import users

_ROOT = Path(__file__).resolve().parent.parent
_WEB_SECONDS = 8
_WORKER_SECONDS = 25
_REDIS_SECONDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-workers", action="store_true", help="start no worker processes")
    parser.add_argument("--no-scheduler", action="store_true", help="never run for leader here")
    parser.add_argument("--with-parent", action="store_true",
                        help="stop when the process that started this one ends")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.with_parent:
        children.die_with_parent(os.getppid(), signal.SIGTERM)
    with home.held(settings.home), closing(_listen(settings)) as listener:
        settings.secret_key()  # made here once, before two children could make it
        supervisor = Supervisor({**os.environ, "TZ": "UTC"}, announce=_announcement(settings))
        try:
            _start(supervisor, arguments, settings, listener)
            supervisor.run()
        finally:
            supervisor.stop()
            redis_server.tidy(settings)
    return 0


def _start(
    supervisor: Supervisor, arguments: argparse.Namespace, settings: Settings, listener: socket.socket
) -> None:
    if settings.embedded_redis:
        _start_redis(supervisor, settings)
    migrate.upgrade(settings.database_url)
    supervisor.add(_web(listener.fileno(), arguments.no_scheduler))
    for number in range(0 if arguments.no_workers else settings.workers):
        command = (sys.executable, str(_ROOT / "worker.py"))
        supervisor.add(Service(f"worker {number + 1}", command, _WORKER_SECONDS))


def _start_redis(supervisor: Supervisor, settings: Settings) -> None:
    redis = Service("redis", redis_server.command(settings), _REDIS_SECONDS, rank=0)
    supervisor.add(redis)
    if not redis_server.wait(settings.redis_socket, redis.has_ended):
        raise Conflict(
            f"The built-in Redis did not start; {settings.home / redis_server.LOG} says why. "
            f"If it is its own log, remove {settings.home / 'appendonlydir'}: nothing is lost with it."
        )


def _web(descriptor: int, no_scheduler: bool) -> Service:
    command = [sys.executable, str(_ROOT / "app.py"), "web", "--fd", str(descriptor)]
    if no_scheduler:
        command.append("--no-scheduler")
    return Service("web", command, _WEB_SECONDS, pass_fds=(descriptor,))


def _listen(settings: Settings) -> socket.socket:
    """Open the port before anything starts; it stays open while the web process is replaced."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    try:
        return socket.create_server((settings.bind, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise Invalid(
            f"Port {settings.port} on {settings.bind} can't be used: {os.strerror(error.errno or 0)}. "
            "Choose another with PORT=…", field="PORT",
        ) from error


def _announcement(settings: Settings) -> Callable[[], None]:
    """Return what says where Carillon is and, while it has no administrator, how to become it."""

    def announce() -> None:
        database = Database(settings.database_url, settings.synchronous)
        code = database.run(lambda uow: users.ensure_setup_code(uow, clock.now()))
        database.close()
        invitation = f" – to set it up, enter the code {code}" if code else ""
        print(f"Carillon is running at {settings.base_url}{invitation}", flush=True)

    return announce
